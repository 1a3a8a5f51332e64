// Counts a revocation by what its caller is told. A dry run ended nothing, and a refused one is no revocation.
import type { Result } from '@bailiwick/core'
import type { Metrics } from '@bailiwick/runtime'
import type { Done } from '../answer-act.ts'
import type { Revoked } from './revoke.ts'

/** Hands through what it counted. */
export function countRevocation(metrics: Pick<Metrics, 'revoked'>, done: Result<Done<Revoked>>): Result<Done<Revoked>> {
  if (!done.ok) return done
  const { outcome, scope } = done.value.value
  if (outcome !== 'dry_run') metrics.revoked(scope.kind, outcome === 'unknown' ? 'unknown' : outcome.status)
  return done
}

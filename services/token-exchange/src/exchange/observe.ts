// What one exchange tells about itself: a count by outcome, a duration, and a span where tracing is on. Around the walk, never in it: it
// changes nothing the walk decides. What strangers ask is counted and not traced: they would fill the collector.
import type { DenialReason, Result } from '@bailiwick/core'
import { reasonClassOf } from '@bailiwick/runtime'
import type { ExchangeOutcome } from '@bailiwick/runtime'
import type { TokenExchangeDeps } from '../deps.ts'
import { goodOf, refusalOf } from './items.ts'
import type { Issued } from './model.ts'
import type { Trail } from './trail.ts'

export async function observe(
  { clock, metrics }: Pick<TokenExchangeDeps, 'clock' | 'metrics'>,
  trail: Trail,
  walk: () => Promise<Result<Issued>>,
): Promise<Result<Issued>> {
  const beganMs = clock.monotonicMs()
  const answer = await walk()
  const refused = answer.ok ? refusalOf(answer.value.items) : answer
  const reason = refused?.denial.reason
  const effect = refused === undefined ? 'allow' : 'deny'
  metrics.decided({ plane: 'agents', effect, reason, ms: clock.monotonicMs() - beganMs })
  metrics.exchanged(outcomeOf(answer, reason))
  if (trail.caller !== undefined) trail.span?.end({ effect, reason, stages: trail.timing })
  return answer
}

function outcomeOf(answer: Result<Issued>, reason: DenialReason | undefined): ExchangeOutcome {
  if (reason !== undefined) return reasonClassOf(reason) === 'unavailable' ? 'unavailable' : 'refused'
  return answer.ok && goodOf(answer.value.items).length < answer.value.items.length ? 'partial' : 'issued'
}

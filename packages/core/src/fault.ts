// A dependency, or we ourselves, failed. Thrown, caught by a walk, becomes a deny: never an allow and never the caller's fault.
import type { Denial } from './denial.ts'

/** What failed. Each maps to one `*_unavailable` reason. */
export type Dependency = 'state' | 'policy' | 'profile' | 'audit' | 'keys'

export class Fault extends Error {
  /** Stable, for logs and metrics: `store_moved`, `pdp_unreachable`... */
  readonly code: string
  readonly dependency: Dependency

  constructor(dependency: Dependency, code: string, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = 'Fault'
    this.dependency = dependency
    this.code = code
  }
}

/**
 * The denial a walk answers with when something was thrown. Anything that is not a {@link Fault} is our own bug; it is
 * reported as state that could not be read, because nothing was established.
 */
export function denialOfFault(thrown: unknown): Denial {
  if (!(thrown instanceof Fault)) return { reason: 'state_unavailable', detail: 'internal_error' }
  return { reason: `${thrown.dependency}_unavailable`, detail: thrown.code }
}

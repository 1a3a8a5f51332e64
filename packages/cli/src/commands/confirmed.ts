// Success is only what control confirmed.
import { CliError, EXIT } from '../exit-code.ts'
import type { JsonObject } from '@bailiwick/core'
import type { Answer } from '../http/endpoint.ts'
import { at, pick } from '../http/json.ts'

/** 202, or anything that does not say `confirmed`, is not success: a failover could still lose it. */
export function isConfirmed({ status, body }: Answer): boolean {
  return status === 200 && body['status'] === 'confirmed'
}

export function requireConfirmed(answer: Answer, what: string): void {
  if (isConfirmed(answer)) return
  throw new CliError(EXIT.failure, `${what} was written but is NOT CONFIRMED: a failover could lose it. Run the command again to be sure`)
}

/** Where it is: `local`, `replicated (2 of 2 replicas)`. */
export function durabilityOf(body: JsonObject): string {
  const needed = at(body, 'replicas', 'needed')
  const replicas = typeof needed === 'number' && needed > 0 ? ` (${pick(body, 'replicas', 'acked')} of ${needed} replicas)` : ''
  return `${pick(body, 'durability')}${replicas}`
}

// What the command tells the process that verifies. Types and a guard.
import type { RedisProgram } from '@bailiwick/kit/find-redis'
import type { NetworkKind } from './network/network.ts'
import type { Options } from './options.ts'

export interface Order {
  readonly options: Options
  readonly network: { readonly kind: NetworkKind; readonly as: string }
  /** In one line each: what cannot be done here, and why. */
  readonly skipped: readonly string[]
  readonly redis?: RedisProgram
}

/** Sent by our own command a moment ago: only that it is there is looked at. */
export function isOrder(message: unknown): message is Order {
  return typeof message === 'object' && message !== null && 'options' in message && 'network' in message
}

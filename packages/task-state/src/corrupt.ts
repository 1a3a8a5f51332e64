// Stored state that cannot be what was written. Nothing was established, so the caller denies.
import { Fault } from '@bailiwick/core'

export function corrupt(what: string, cause?: unknown): Fault {
  return new Fault('state', 'store_corrupt', `stored state is not readable: ${what}`, { cause })
}

// What Redis or the connection said, as the fault the walks know. Nothing here ever becomes an answer: a fault is unknown, and unknown denies.
import { Fault } from '@bailiwick/core'

/** Words our scripts raise, before they have written anything. */
export const RAISED = {
  /** The data set is not the one this node reads, or has lost what proves it complete. */
  gone: 'BAILIWICK_GONE',
  moved: 'BAILIWICK_MOVED',
  corrupt: 'BAILIWICK_CORRUPT',
} as const

const CODE_OF_PREFIX: readonly (readonly [prefix: string, code: string])[] = [
  ['NOREPLICAS', 'store_no_replicas'],
  ['READONLY', 'store_not_primary'],
  ['UNBLOCKED', 'store_not_primary'],
  ['MASTERDOWN', 'store_not_primary'],
  ['LOADING', 'store_busy'],
  ['BUSY', 'store_busy'],
  ['OOM', 'store_full'],
  ['MISCONF', 'store_io'],
  ['WRONGTYPE', 'store_corrupt'],
  ['NOAUTH', 'store_refused'],
  ['WRONGPASS', 'store_refused'],
  ['NOPERM', 'store_refused'],
]

export function storeFault(code: string, message: string, cause?: unknown): Fault {
  return new Fault('state', code, message, { cause })
}

/** A fault stays what it is; anything else is told apart by what it says. */
export function faultOfReply(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown
  return faultOfError(bare(thrown))
}

/** The library hangs the command with all its arguments on its errors - facts of tasks, a password - and whoever logs one would log them. */
function bare(thrown: unknown): Error {
  const error = new Error(thrown instanceof Error ? thrown.message : '')
  if (thrown instanceof Error) error.name = thrown.name
  return error
}

function faultOfError(thrown: Error): Fault {
  const said = thrown.message
  if (isReply(thrown)) {
    if (said.includes(RAISED.gone) || said.includes(RAISED.moved)) return storeFault('store_recovering', 'the store is not as it was left', thrown)
    if (said.includes(RAISED.corrupt)) return storeFault('store_corrupt', 'stored state is not readable', thrown)
    const known = CODE_OF_PREFIX.find(([prefix]) => said.startsWith(prefix))
    return storeFault(known?.[1] ?? 'store_refused', 'the store refused the command', thrown)
  }
  if (said === 'Command timed out') return storeFault('store_timeout', 'the store did not answer in time', thrown)
  return storeFault('store_unreachable', 'the store cannot be reached', thrown)
}

export function isUnknownScript(thrown: unknown): boolean {
  return isReply(thrown) && thrown.message.startsWith('NOSCRIPT')
}

/** An error the server sent, as opposed to one of the connection. */
export function isReply(thrown: unknown): thrown is Error {
  return thrown instanceof Error && thrown.name === 'ReplyError'
}

/** Faults that say the view of the store is wrong, not only that it did not answer. */
export function castsDoubt(fault: Fault): boolean {
  return fault.code === 'store_recovering' || fault.code === 'store_not_primary'
}

const SILENCE = ['store_timeout', 'store_unreachable', 'store_busy']
const AWAY = [...SILENCE, 'store_recovering', 'store_not_primary', 'store_no_replicas', 'store_unsafe']

/** Nothing was said: neither for nor against the view. */
export function isSilence(fault: Fault): boolean {
  return SILENCE.includes(fault.code)
}

/** There is no primary to ask at the moment. Not: a store that answers something else than was expected. */
export function isAway(thrown: unknown): boolean {
  return thrown instanceof Fault && AWAY.includes(thrown.code)
}

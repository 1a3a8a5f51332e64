// What the file said, as the fault the walks know. The code is stable: logs, metrics and the operator's next step depend on it.
import { Fault } from '@bailiwick/core'
import { SqliteError } from '@bailiwick/sqlite'
import type { SqliteProblem } from '@bailiwick/sqlite'

const CODE_OF_PROBLEM = {
  moved: 'store_moved',
  busy: 'store_busy',
  full: 'store_full',
  corrupt: 'store_corrupt',
  foreign: 'store_foreign',
  permissions: 'store_permissions',
  constraint: 'store_corrupt',
  closed: 'store_closed',
  misuse: 'store_io',
  io: 'store_io',
} as const satisfies Record<SqliteProblem, string>

export function stateFaultOf(thrown: unknown): unknown {
  if (!(thrown instanceof SqliteError)) return thrown
  return new Fault('state', CODE_OF_PROBLEM[thrown.problem], thrown.message, { cause: thrown })
}

/** The connection is of no more use: another one has to be opened, through the recovery every open goes through. */
export function needsReopen(thrown: unknown): boolean {
  return thrown instanceof SqliteError && (thrown.problem === 'moved' || thrown.problem === 'corrupt' || thrown.problem === 'io' || thrown.problem === 'closed')
}

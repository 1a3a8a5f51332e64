// The journal's failures by their stable codes, and how SQLite's problems become them.
import { Fault } from '@bailiwick/core'
import { SqliteError } from '@bailiwick/sqlite'

/** `journal_unreadable` comes from reads only and stops no decision. */
export type JournalFaultCode = 'journal_full' | 'journal_unwritable' | 'journal_moved' | 'journal_backlog' | 'journal_unreadable' | 'journal_closed'

export function journalFault(code: JournalFaultCode, problem: string, cause?: unknown): Fault {
  return new Fault('audit', code, `audit journal: ${problem}`, cause === undefined ? undefined : { cause })
}

export function codeOfProblem(thrown: unknown): JournalFaultCode {
  if (!(thrown instanceof SqliteError)) return 'journal_unwritable'
  if (thrown.problem === 'moved') return 'journal_moved'
  return thrown.problem === 'full' ? 'journal_full' : 'journal_unwritable'
}

export function problemOf(thrown: unknown): string {
  return thrown instanceof SqliteError ? thrown.problem : 'internal error'
}

// What an entry must be before it may become a record. No I/O. In order: it names a decision, a supersession is a deny,
// a count is a positive whole number. Throws TypeError: every violation is a mistake of the calling walk, never of a caller.
// That a decision has one allow, and that what is superseded is its allow, is checked by the writer, which has the records.
import type { AuditEntry } from './record.ts'

export function checkEntry(entry: AuditEntry): void {
  if (typeof entry.decision_id !== 'string' || entry.decision_id === '') throw new TypeError('"decision_id" must be a non-empty string')
  if (entry.supersedes !== undefined && entry.effect !== 'deny') throw new TypeError('only a deny may supersede a record')
  if (entry.count !== undefined && (!Number.isSafeInteger(entry.count) || entry.count < 1)) throw new TypeError('"count" must be a positive integer')
}

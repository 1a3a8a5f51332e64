// The contract of a node's audit journal: durable, hash-chained, append-only.
import type { StoreLedger } from '@bailiwick/core'
import type { AuditEffect, AuditEntry, AuditKind, AuditRecord } from './record.ts'

/** What the caller keeps of a record it appended. */
export interface Receipt {
  readonly id: string
  readonly seq: number
}

export interface RecordFilter {
  readonly kind?: AuditKind
  readonly effect?: AuditEffect
  readonly reason?: string
  readonly sub?: string
  readonly task_id?: string
  readonly resource?: string
  readonly decision_id?: string
  /** Leaves out an allow, a shadow one too, that a deny under the same decision id took back: nothing passed by it. */
  readonly final?: true
  /** Newest first; only records with a lower seq. */
  readonly before_seq?: number
  readonly limit: number
}

/** A record as it lies in the chain: the text that was hashed, and its hash. */
export interface SealedRecord {
  readonly seq: number
  readonly body: string
  readonly hash: string
}

export type Verification =
  /** `segments` is 1 for a whole chain: each further one began when the file had been lost, cut or replaced under the running node. */
  | { readonly ok: true; readonly records: number; readonly last_hash: string; readonly segments: number }
  | { readonly ok: false; readonly seq: number; readonly problem: string }

export interface Journal {
  /**
   * Resolves when the record is durable (fsync done), in the order of calls. Appends that wait together share one fsync.
   * Fault `audit`: `journal_full`, `journal_unwritable`, `journal_moved`, `journal_backlog`. Then nothing was allowed, and the caller denies.
   */
  append(entry: AuditEntry): Promise<Receipt>

  /**
   * Counts a refusal of a caller nobody authenticated, or of one call too many that showed no valid token; flushed as one `refusals` record per reason, gateway,
   * door and class of peer. Never waits, never throws: a flood of strangers must not fill the space allows need.
   */
  countRefusal(entry: AuditEntry): void

  /** How many appends wait to be written now. */
  waiting(): number

  find(filter: RecordFilter): Promise<readonly AuditRecord[]>
  /** All records of one decision, oldest first. */
  decision(decisionId: string): Promise<readonly AuditRecord[]>
  /**
   * The records after `seq`, oldest first, for a copy elsewhere: at most `maxRecords`, and no more than `maxChars` of text unless the first alone is longer.
   * Read in the reader's thread: it delays no append.
   */
  recordsAfter(seq: number, limits: { readonly maxRecords: number; readonly maxChars: number }): Promise<readonly SealedRecord[]>
  /** Called for each record once durable; returns the way to stop. For the live view; a slow listener loses records, never delays them. */
  onRecord(listener: (record: AuditRecord) => void): () => void

  /** The node's memory of the store, in the same file, written by the same writer. */
  readonly ledger: StoreLedger

  /** undefined when writable, else what is wrong. */
  health(): Promise<string | undefined>
  close(): Promise<void>
}

// The contract of the copies of other nodes' journals that control keeps. A copy is evidence: it is only ever added to, and every record in it was
// checked against the one before it when it came.
import type { StoreMark } from '@bailiwick/core'
import type { RecordFilter } from '../journal.ts'
import type { AuditRecord } from '../record.ts'

/**
 * What became of a batch. `watermark` is the last record held of that node, 0 for none: the node goes on after it, whatever it sent. `hash` is that record's.
 * - `taken`: everything in it is durable here, or was before. A batch without records only asks where the copy ends.
 * - `gap`: it begins after the watermark; nothing of it was taken.
 * - `diverged`: it contradicts what is held: another record in the same place, or one that does not follow. Nothing of it was taken, and nothing will be:
 *   the node's journal was rolled back or rewritten, or two nodes use one name.
 * - `malformed`: not a batch of records of that node.
 */
export interface Receipt {
  readonly outcome: 'taken' | 'gap' | 'diverged' | 'malformed'
  readonly watermark: number
  readonly hash: string
  /** What is wrong, for `malformed` and `diverged`: never content of a record. */
  readonly problem?: string
  /** Where the node's view of the store stood when it sent this; absent where it could not say. */
  readonly lastRevision?: StoreMark
}

/** What is known of a node since this process started. */
export interface NodeReport {
  readonly lastRevision?: StoreMark
  readonly lastSeenMs: number
}

export interface CopyFilter extends Omit<RecordFilter, 'before_seq'> {
  /** Newest first; only records with a lower id. Ids are ordered by time. */
  readonly before_id?: string
}

export interface ShippedRecords {
  /**
   * Reads, checks and stores one batch: JSON `{records: [{body, hash}], last_revision: {store_id, epoch, revision} | null}`, in the order of their chain.
   * One batch of a node at a time, and at most `MAX_WAITING` of all: beyond that, Fault `shipped_backlog`. Fault `shipped_full` below twice the journal's
   * reserve: copies give way before anything that allows needs. Both pass; the node sends the same again.
   */
  take(node: string, bytes: Uint8Array): Promise<Receipt>
  /** Newest first by time. */
  find(filter: CopyFilter): Promise<readonly AuditRecord[]>
  /** All records of one decision, oldest first. */
  decision(decisionId: string): Promise<readonly AuditRecord[]>
  /** By node name. In memory: empty after a restart, until each node reports again. */
  reports(): ReadonlyMap<string, NodeReport>
  /** Called for each record once durable here; returns the way to stop. A slow listener loses records. */
  onRecord(listener: (record: AuditRecord) => void): () => void
  close(): Promise<void>
}

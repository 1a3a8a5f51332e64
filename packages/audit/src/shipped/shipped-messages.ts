// What the event loop tells the two threads of the copies, and what they answer. Plain data: it is cloned between threads.
import type { SealedRecord } from '../journal.ts'
import type { CopyFilter, Receipt } from './shipped-records.ts'

/** `wantsRecords`: somebody follows live. */
export type ShippedWriterRequest = { readonly node: string; readonly bytes: Uint8Array; readonly wantsRecords: boolean }
export type ShippedWriterReply = { readonly receipt: Receipt; readonly fresh: readonly SealedRecord[] }

export type ShippedReaderRequest = { readonly type: 'find'; readonly filter: CopyFilter } | { readonly type: 'decision'; readonly decisionId: string }
/** `node`: who sent it. */
export interface CopyRow extends SealedRecord {
  readonly node: string
}

export type ShippedReaderReply = readonly CopyRow[]

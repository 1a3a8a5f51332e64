// What the event loop and the reader thread tell each other.
import type { RecordFilter, SealedRecord } from './journal.ts'

export type ReaderRequest =
  | { readonly type: 'find'; readonly filter: RecordFilter }
  | { readonly type: 'decision'; readonly decisionId: string }
  | { readonly type: 'after'; readonly seq: number; readonly maxRecords: number; readonly maxChars: number }

export type ReaderReply = readonly SealedRecord[]

export interface ReaderOptions {
  readonly file: string
}

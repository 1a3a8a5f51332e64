// What the event loop and the reader thread tell each other.
import type { RecordFilter } from './journal.ts'
import type { StoredRow } from './journal-reader.ts'

export type ReaderRequest = { readonly type: 'find'; readonly filter: RecordFilter } | { readonly type: 'decision'; readonly decisionId: string }

export type ReaderReply = readonly StoredRow[]

export interface ReaderOptions {
  readonly file: string
}

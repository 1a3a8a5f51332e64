// What the event loop and the writer thread tell each other. Plain data: it is cloned between threads.
import type { JournalFaultCode } from './journal-fault.ts'

export interface FlatMark {
  readonly storeId: string
  readonly epoch: number
  readonly revision: number
}

export type WriteItem =
  /** `text`: JSON of a record without `seq`, `prev_hash` and `hash`. `essential`: may use the reserved space. */
  | { readonly type: 'record'; readonly text: string; readonly essential: boolean }
  | { readonly type: 'act'; readonly mark: FlatMark; readonly act: string }
  | { readonly type: 'mark'; readonly mark: FlatMark }

export type WriteResult =
  | { readonly outcome: 'written'; readonly seq: number; readonly prevHash: string; readonly hash: string; readonly supersedes?: string }
  | { readonly outcome: 'noted' }
  | { readonly outcome: 'fault'; readonly code: JournalFaultCode; readonly problem: string }
  /** A mistake of the caller: this entry was refused, the others of its batch were not. */
  | { readonly outcome: 'misuse'; readonly problem: string }

export interface WrittenBatch {
  readonly results: readonly WriteResult[]
  /** Why nothing was written, where that is so. */
  readonly fault?: { readonly code: JournalFaultCode; readonly problem: string }
  /** A record the writer made itself: a new chain segment. Comes before the batch's own. */
  readonly announced?: { readonly body: string; readonly hash: string }
  /** `short`: below twice the reserve, rows that only count strangers are kept back. `below_reserve`: only what ends authority is written. */
  readonly free: 'enough' | 'short' | 'below_reserve' | 'unknown'
}

export type WriterRequest =
  | { readonly type: 'write'; readonly atMs: number; readonly items: readonly WriteItem[] }
  | { readonly type: 'mark' }
  | { readonly type: 'acts'; readonly atMs: number }

export type WriterReply =
  | ({ readonly type: 'write' } & WrittenBatch)
  | { readonly type: 'mark'; readonly mark: FlatMark | undefined }
  | { readonly type: 'acts'; readonly acts: readonly string[] }

export interface WriterOptions {
  readonly file: string
  readonly node: string
  readonly reservedBytes: number
}

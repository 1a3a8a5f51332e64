// The one writer of audit.db: a batch is one transaction, one fsync, and one link of the hash chain per record. Synchronous; runs in a
// thread of its own. Never answers "written" before the commit is on disk, in the file that has the name.
// A file that was moved, replaced or cut is opened anew, and the chain goes on in a segment whose first record says what was lost.
import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { JsonObject } from '@bailiwick/core'
import { SqliteError } from '@bailiwick/sqlite'
import type { SqliteDatabase } from '@bailiwick/sqlite'
import { openJournalFile } from './journal-file.ts'
import type { Unusable } from './journal-file.ts'
import { journalFault } from './journal-fault.ts'
import { movesMark, pruneLapsed, readActs, readMark, writeAct, writeMark } from './ledger-table.ts'
import { insertRecord, isAllowOfDecision, standingAllow, readHashAt, readHead } from './record-table.ts'
import { segmentRecord } from './segment-record.ts'
import type { Head } from './segment-record.ts'
import { columnsOf, markOf, parseBody, sealRecord, textOf } from './stored-record.ts'
import type { StoredRecord } from './stored-record.ts'
import type { FlatMark, WriteItem, WriteResult, WriterOptions, WrittenBatch } from './writer-messages.ts'

export interface JournalWriter {
  /** One result per item, in order. Never throws. */
  write(items: readonly WriteItem[], atMs: number): WrittenBatch
  mark(): FlatMark | undefined
  /** Throws a Fault while the file is not there: a short list would make a store forget revocations. */
  acts(atMs: number): readonly string[]
  close(): void
}

/** Throws SqliteError when the file cannot be opened now. `freeBytes` is for tests. */
export function openJournalWriter(options: WriterOptions, freeBytes: (file: string) => number = freeBytesAt): JournalWriter {
  const file = openJournalFile(options.file)
  const first = file.usable(0)
  if (!first.ok) throw journalFault(first.code, first.problem)
  let head: Head = readHead(first.db)
  let mark = readMark(first.db)

  const writeRecord = (db: SqliteDatabase, unsealed: JsonObject, seq: number): StoredRecord => {
    const sealed = sealRecord(unsealed, seq, head.hash)
    insertRecord(db, sealed, unsealed)
    head = { seq, hash: sealed.hash }
    return sealed
  }

  /** Another process of ours may have appended (an offline command): go on from there. Anything else is a loss. */
  const joinChain = (db: SqliteDatabase, atMs: number): StoredRecord | undefined => {
    const found = readHead(db)
    if (found.seq === head.seq && found.hash === head.hash) return undefined
    if (found.seq > head.seq && (head.seq === 0 || readHashAt(db, head.seq) === head.hash)) {
      head = found
      const theirs = readMark(db)
      if (theirs !== undefined && movesMark(mark, theirs, true)) mark = theirs
      return undefined
    }
    const record = segmentRecord(head, found, options.node, atMs)
    for (const act of file.recall(readActs) ?? []) writeAct(db, act)
    if (mark !== undefined) writeMark(db, mark)
    return writeRecord(db, record, Math.max(head.seq, found.seq) + 1)
  }

  const writeItem = (db: SqliteDatabase, item: WriteItem, isShort: boolean): WriteResult => {
    if (item.type !== 'record') {
      if (movesMark(mark, item.mark, item.type === 'mark')) mark = item.mark
      if (item.type === 'act') writeAct(db, item.act)
      return { outcome: 'noted' }
    }
    if (isShort && !item.essential) return { outcome: 'fault', code: 'journal_full', problem: 'free space is below the reserve' }
    const given = parseBody(item.text)
    if (given === undefined) return { outcome: 'misuse', problem: 'an entry is an object' }
    const supersedes = unknownAllow(db, given)
    const unsealed = supersedes === undefined ? given : { ...given, supersedes }
    if (!supersedesItsAllow(db, unsealed)) return { outcome: 'misuse', problem: 'a deny supersedes the allow of its own decision' }
    try {
      const prevHash = head.hash
      const { seq, hash } = writeRecord(db, unsealed, head.seq + 1)
      const noted = markOf(unsealed)
      if (noted !== undefined && movesMark(mark, noted, false)) mark = noted
      return { outcome: 'written', seq, prevHash, hash, ...(supersedes === undefined ? {} : { supersedes }) }
    } catch (error) {
      // SQLite undoes the statement alone: the transaction, and with it the rest of the batch, goes on.
      if (error instanceof SqliteError && error.problem === 'constraint') return { outcome: 'misuse', problem: 'a decision has one allow record' }
      throw error
    }
  }

  return {
    write(items, atMs) {
      const usable = file.usable(atMs)
      if (!usable.ok) return nothingWritten(items, usable)
      const { db } = usable
      const before = { head, mark }
      try {
        const bytes = freeBytes(options.file)
        let announced: StoredRecord | undefined
        const results = db.immediate(() => {
          announced = joinChain(db, atMs)
          const written = items.map((item) => writeItem(db, item, bytes < options.reservedBytes))
          const acts = items.filter((item) => item.type === 'act').length
          if (acts > 0) pruneLapsed(db, atMs, acts)
          if (mark !== undefined && mark !== before.mark) writeMark(db, mark)
          return written
        })
        file.forget()
        const free = bytes < options.reservedBytes ? 'below_reserve' : bytes < 2 * options.reservedBytes ? 'short' : 'enough'
        return { results, free, ...(announced === undefined ? {} : { announced: { body: announced.body, hash: announced.hash } }) }
      } catch (error) {
        // Rolled back, or committed to a file that lost its name: the chain stands where it stood.
        head = before.head
        mark = before.mark
        return nothingWritten(items, file.failed(error, atMs))
      }
    },
    mark: () => mark,
    acts(atMs) {
      const usable = file.usable(atMs)
      if (!usable.ok) throw journalFault(usable.code, usable.problem)
      const found = readHead(usable.db)
      if (found.seq < head.seq) throw journalFault('journal_moved', 'the file was cut or replaced')
      return readActs(usable.db)
    },
    close: () => file.close(),
  }
}

function nothingWritten(items: readonly WriteItem[], { code, problem }: Unusable): WrittenBatch {
  return { results: items.map(() => ({ outcome: 'fault', code, problem })), fault: { code, problem }, free: 'unknown' }
}

/**
 * The allow that a deny takes back without knowing of it: its caller was told that the record had failed, or came too late, and denied; but it had been
 * written after all.
 */
function unknownAllow(db: SqliteDatabase, unsealed: JsonObject): string | undefined {
  const { effect, decision_id: decisionId, kind } = columnsOf(unsealed)
  return effect === 'deny' && textOf(unsealed['supersedes']) === undefined ? standingAllow(db, decisionId, kind) : undefined
}

function supersedesItsAllow(db: SqliteDatabase, unsealed: JsonObject): boolean {
  const supersedes = textOf(unsealed['supersedes'])
  if (supersedes === undefined) return true
  const { decision_id: decisionId, kind } = columnsOf(unsealed)
  return isAllowOfDecision(db, supersedes, decisionId, kind)
}

function freeBytesAt(file: string): number {
  const stat = statfsSync(dirname(file))
  return stat.bavail * stat.bsize
}

// The one writer of shipped.db: a batch is one transaction and one fsync, and is taken whole or not at all. Synchronous; runs in a thread of its own.
import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { openDatabase } from '@bailiwick/sqlite'
import type { SqliteDatabase } from '@bailiwick/sqlite'
import { Fault } from '@bailiwick/core'
import type { Head } from '../segment-record.ts'
import { columnsOf, NO_PREDECESSOR } from '../stored-record.ts'
import { follows, isNamed } from './follow.ts'
import { parseBatch } from './parse-batch.ts'
import type { CopiedRecord } from './parse-batch.ts'
import { SHIPPED_APPLICATION_ID, SHIPPED_MIGRATIONS } from './schema.ts'
import type { Receipt } from './shipped-records.ts'

export interface ShippedWriter {
  /** `fresh`: the records that were not here before. */
  take(node: string, bytes: Uint8Array): { readonly receipt: Receipt; readonly fresh: readonly CopiedRecord[] }
  close(): void
}

export interface ShippedWriterOptions {
  readonly file: string
  /** Below this much free space nothing is taken. */
  readonly reservedBytes: number
}

const BUSY_MS = 2000

export function openShippedWriter(options: ShippedWriterOptions): ShippedWriter {
  let db: SqliteDatabase | undefined = open(options.file)

  const usable = (): SqliteDatabase => {
    try {
      db ??= open(options.file)
      db.assertInPlace()
      return db
    } catch (error) {
      db?.abandon()
      db = undefined
      throw error
    }
  }

  return {
    take(node, bytes) {
      const opened = usable()
      const reading = parseBatch(bytes)
      if (!reading.ok) return { receipt: { outcome: 'malformed', ...endJson(endOf(opened, node)), problem: reading.problem }, fresh: [] }
      const { records, lastRevision } = reading.batch
      if (records.length > 0 && freeBytesAt(options.file) < options.reservedBytes) throw new Fault('audit', 'shipped_full', 'free space is short')
      const reported = lastRevision === undefined ? {} : { lastRevision }
      return opened.immediate(() => {
        const outcome = write(opened, node, records)
        const { end } = outcome
        if ('refused' in outcome) {
          const { kind, problem } = outcome.refused
          return { receipt: { outcome: kind, ...endJson(end), problem, ...reported }, fresh: [] }
        }
        return { receipt: { outcome: 'taken', ...endJson(end), ...reported }, fresh: outcome.fresh }
      })
    },
    close() {
      db?.close()
      db = undefined
    },
  }
}

type Written =
  | { readonly end: Head; readonly fresh: readonly CopiedRecord[] }
  | { readonly end: Head; readonly refused: { readonly kind: 'gap' | 'diverged'; readonly problem: string } }

/** Looks at all of them before it writes the first. */
function write(db: SqliteDatabase, node: string, records: readonly CopiedRecord[]): Written {
  const held = endOf(db, node)
  let end = held
  let missing = 0
  let ownSeq = ownSeqOf(db, node)
  const fresh: CopiedRecord[] = []
  for (const record of records) {
    if (record.seq <= held.seq && fresh.length === 0) {
      // At least once: what came before may come again, and must be the same.
      if (hashAt(db, node, record.seq) === record.hash) continue
      return { end: held, refused: { kind: 'diverged', problem: `another record ${record.seq} is held` } }
    }
    const following = follows(end, record.record)
    if (!following.ok) return { end: held, refused: following }
    if (!isNamed(node, record.record, ownSeq !== undefined))
      return { end: held, refused: { kind: 'diverged', problem: `record ${record.seq} is of another node` } }
    if (record.record['node'] === node) ownSeq ??= record.seq
    missing += following.missing
    end = { seq: record.seq, hash: record.hash }
    fresh.push(record)
  }
  for (const record of fresh) insert(db, node, record)
  if (fresh.length > 0) {
    db.prepare(
      `INSERT INTO node (node, seq, hash, missing, own_seq) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (node) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, missing = node.missing + excluded.missing, own_seq = excluded.own_seq`,
    ).run(node, end.seq, end.hash, missing, ownSeq ?? null)
  }
  return { end, fresh }
}

function insert(db: SqliteDatabase, node: string, { record, hash, body }: CopiedRecord): void {
  const at = columnsOf(record)
  db.prepare(
    'INSERT INTO record (node, seq, id, decision_id, kind, effect, reason, task_id, sub, resource, hash, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  ).run(node, at.seq, at.id, at.decision_id, at.kind, at.effect, at.reason, at.task_id, at.sub, at.resource, hash, body)
}

function endOf(db: SqliteDatabase, node: string): Head {
  const row = db.prepare('SELECT seq, hash FROM node WHERE node = ?').get(node)
  return row === undefined ? { seq: 0, hash: NO_PREDECESSOR } : { seq: Number(row['seq']), hash: String(row['hash']) }
}

function ownSeqOf(db: SqliteDatabase, node: string): number | undefined {
  const found = db.prepare('SELECT own_seq FROM node WHERE node = ?').get(node)?.['own_seq']
  return typeof found === 'number' ? found : undefined
}

function hashAt(db: SqliteDatabase, node: string, seq: number): string | undefined {
  const row = db.prepare('SELECT hash FROM record WHERE node = ? AND seq = ?').get(node, seq)
  return row === undefined ? undefined : String(row['hash'])
}

function endJson(end: Head): { readonly watermark: number; readonly hash: string } {
  return { watermark: end.seq, hash: end.hash }
}

function open(file: string): SqliteDatabase {
  return openDatabase({ file, timeoutMs: BUSY_MS, migrations: SHIPPED_MIGRATIONS, applicationId: SHIPPED_APPLICATION_ID, integrity: 'none' })
}

function freeBytesAt(file: string): number {
  const stat = statfsSync(dirname(file))
  return stat.bavail * stat.bsize
}

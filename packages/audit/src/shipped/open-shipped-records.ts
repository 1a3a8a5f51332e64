// Control's copies of the nodes' journals: bounded on the event loop, read, checked and written in threads. See shipped-records.ts for what it promises.
import { existsSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { Fault } from '@bailiwick/core'
import type { Clock } from '@bailiwick/core'
import type { SealedRecord } from '../journal.ts'
import { createRecordListeners } from '../record-listeners.ts'
import type { AuditRecord } from '../record.ts'
import { readRecord } from '../stored-record.ts'
import { startThread } from '../thread-client.ts'
import type { ShippedReaderReply, ShippedReaderRequest, ShippedWriterReply, ShippedWriterRequest } from './shipped-messages.ts'
import type { NodeReport, ShippedRecords } from './shipped-records.ts'
import type { ShippedWriterOptions } from './shipped-writer.ts'
import { threadOptions } from '../thread-options.ts'

export interface ShippedRecordsOptions {
  readonly file: string
  readonly clock: Clock
  /** The journal's own reserve; copies stop at twice as much. */
  readonly reservedBytes: number
}

/** Batches waiting in all: with the size of a batch, what nodes can make control hold in memory. */
const MAX_WAITING = 8
const WRITE_TIMEOUT_MS = 5000
const READ_TIMEOUT_MS = 5000
const RESTART_MS = 250

/** Opens nothing before there is something to keep or to read: where no node reports, there is no file and no thread. */
export function openShippedRecords({ file, clock, reservedBytes }: ShippedRecordsOptions): ShippedRecords {
  const writer = lazily(() =>
    startThread<ShippedWriterRequest, ShippedWriterReply>({
      spawn: () => spawnWriter({ file, reservedBytes: 2 * reservedBytes }),
      timeoutMs: WRITE_TIMEOUT_MS,
      lostCode: 'journal_unwritable',
      restartMs: RESTART_MS,
    }),
  )
  const reader = lazily(() =>
    startThread<ShippedReaderRequest, ShippedReaderReply>({
      spawn: () => spawnReader({ file }),
      timeoutMs: READ_TIMEOUT_MS,
      lostCode: 'journal_unreadable',
      restartMs: RESTART_MS,
    }),
  )
  const read = async (request: ShippedReaderRequest): Promise<readonly AuditRecord[]> =>
    existsSync(file) ? (await (await reader.get()).ask(request)).map((row) => toRecord(row, row.node)) : []
  const reports = new Map<string, NodeReport>()
  const busy = new Set<string>()
  const listeners = createRecordListeners()

  return {
    async take(node, bytes) {
      if (busy.has(node) || busy.size >= MAX_WAITING) throw new Fault('audit', 'shipped_backlog', 'another batch is being taken')
      busy.add(node)
      try {
        const { receipt, fresh } = await (await writer.get()).ask({ node, bytes, wantsRecords: listeners.any })
        if (receipt.outcome !== 'malformed') {
          reports.set(node, { lastSeenMs: clock.nowMs(), ...(receipt.lastRevision === undefined ? {} : { lastRevision: receipt.lastRevision }) })
        }
        for (const record of fresh) listeners.tell(toRecord(record, node))
        return receipt
      } finally {
        busy.delete(node)
      }
    },
    find: (filter) => read({ type: 'find', filter }),
    decision: (decisionId) => read({ type: 'decision', decisionId }),
    reports: () => reports,
    onRecord: (listener) => listeners.add(listener),
    async close() {
      await writer.close()
      await reader.close()
    },
  }
}

interface Lazy<T> {
  /** Starts it, unless it runs or is starting; a start that failed is tried again. */
  get(): Promise<T>
  close(): Promise<void>
}

function lazily<T extends { close(): Promise<void> }>(start: () => Promise<T>): Lazy<T> {
  let running: Promise<T> | undefined
  return {
    async get() {
      const starting = (running ??= start())
      try {
        return await starting
      } catch (error) {
        if (running === starting) running = undefined
        throw error
      }
    },
    async close() {
      const client = await running?.catch(() => undefined)
      await client?.close()
    },
  }
}

function toRecord({ body, hash }: SealedRecord, node: string): AuditRecord {
  const record = readRecord(body, hash)
  if (record === undefined) throw new Fault('audit', 'journal_unreadable', 'a copied row is not a record')
  return { ...record, reported_by: node }
}

// Nothing of the process reaches the threads but their options: no environment, no loader flags.
function spawnWriter(workerData: ShippedWriterOptions): Worker {
  return new Worker(new URL('./shipped-writer-thread.ts', import.meta.url), threadOptions('bailiwick-shipped-writer', workerData))
}

function spawnReader(workerData: { readonly file: string }): Worker {
  return new Worker(new URL('./shipped-reader-thread.ts', import.meta.url), threadOptions('bailiwick-shipped-reader', workerData))
}

// The node's journal: redacts and stamps on the event loop, writes in a thread, reads in another. See journal.ts for what it promises.
import { Worker } from 'node:worker_threads'
import type { Clock, StoreLedger, StoreMark } from '@bailiwick/core'
import { createAppendQueue } from './append-queue.ts'
import { journalFault } from './journal-fault.ts'
import type { Journal, Receipt, SealedRecord } from './journal.ts'
import type { ReaderOptions, ReaderReply, ReaderRequest } from './reader-messages.ts'
import type { AuditEntry, AuditRecord } from './record.ts'
import { createRecordListeners } from './record-listeners.ts'
import { actOfText, textOfAct } from './recorded-act.ts'
import { createRefusalCounter } from './refusal-counter.ts'
import { readRecord, recordOf } from './stored-record.ts'
import { startThread } from './thread-client.ts'
import type { ThreadClient } from './thread-client.ts'
import { toRecordText } from './to-record-text.ts'
import type { FlatMark, WriteItem, WriterOptions, WriterReply, WriterRequest, WrittenBatch } from './writer-messages.ts'
import { threadOptions } from './thread-options.ts'

export interface JournalOptions {
  readonly file: string
  /** This node's name in each record. */
  readonly node: string
  readonly clock: Clock
  /** Below this much free space nothing is allowed; revocations and superseding denies still go in. */
  readonly reservedBytes?: number
  /** Longest wait for one batch; then its appends fail and new ones fail at once, until the disk answers. */
  readonly writeTimeoutMs?: number
  readonly refusalIntervalMs?: number
  /** Starts the writer's thread; for tests. */
  readonly spawnWriter?: (options: WriterOptions) => Worker
}

const DEFAULT_RESERVED_BYTES = 64 * 1024 * 1024
const DEFAULT_WRITE_TIMEOUT_MS = 2500
const READ_TIMEOUT_MS = 5000
const RESTART_MS = 250
const REFUSAL_INTERVAL_MS = 1000

/** Rejects with a Fault when the file cannot be opened for writing now. */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { clock, file, node } = options
  const writerOptions: WriterOptions = { file, node, reservedBytes: options.reservedBytes ?? DEFAULT_RESERVED_BYTES }
  const spawnWriter = options.spawnWriter ?? spawnWriterThread
  const writer = await startThread<WriterRequest, WriterReply>({
    spawn: () => spawnWriter(writerOptions),
    timeoutMs: options.writeTimeoutMs ?? DEFAULT_WRITE_TIMEOUT_MS,
    lostCode: 'journal_unwritable',
    restartMs: RESTART_MS,
  })
  let reader: Promise<ThreadClient<ReaderRequest, ReaderReply>> | undefined
  const listeners = createRecordListeners()
  let free: WrittenBatch['free'] = 'unknown'
  let closing: Promise<void> | undefined

  const write = async (items: readonly WriteItem[]): Promise<WrittenBatch> => {
    const reply = await writer.ask({ type: 'write', atMs: clock.nowMs(), items })
    if (reply.type !== 'write') throw journalFault('journal_unwritable', 'a reply to another question')
    free = reply.free
    if (reply.announced !== undefined && listeners.any) tell(readRecord(reply.announced.body, reply.announced.hash))
    return reply
  }
  const tell = (record: AuditRecord | undefined): void => {
    if (record !== undefined) listeners.tell(record)
  }
  const queue = createAppendQueue(write)

  const append = async (entry: AuditEntry): Promise<Receipt> => {
    const { id, text } = toRecordText(entry, node, clock.nowMs())
    if (closing !== undefined && entry.kind !== 'refusals') throw journalFault('journal_closed', 'closed')
    const result = await queue.push({ type: 'record', text, essential: entry.supersedes !== undefined || entry.kind === 'revocation' })
    switch (result.outcome) {
      case 'written':
        if (listeners.any) tell(withSuperseded(recordOf(text, result.seq, result.prevHash, result.hash), result.supersedes))
        return { id, seq: result.seq }
      case 'fault':
        throw journalFault(result.code, result.problem)
      case 'misuse':
        throw new TypeError(result.problem)
      case 'noted':
        throw journalFault('journal_unwritable', 'a record was taken for something else')
    }
  }

  const refusals = createRefusalCounter({
    clock,
    intervalMs: options.refusalIntervalMs ?? REFUSAL_INTERVAL_MS,
    write: async (entry) => {
      // Strangers' refusals give way first; the empty batch looks again whether there is room.
      if (isShort(free) && isShort((await write([])).free)) throw journalFault('journal_full', 'free space is short')
      await append(entry)
    },
  })

  const note = async (item: WriteItem): Promise<void> => {
    const result = await queue.push(item, 'first')
    if (result.outcome === 'fault') throw journalFault(result.code, result.problem)
    if (result.outcome !== 'noted') throw journalFault('journal_unwritable', 'the ledger refused an act')
  }
  const ledger: StoreLedger = {
    mark: async () => {
      const reply = await writer.ask({ type: 'mark' })
      if (reply.type !== 'mark') throw journalFault('journal_unreadable', 'a reply to another question')
      return reply.mark === undefined ? undefined : fromFlat(reply.mark)
    },
    record: (mark, act) => note({ type: 'act', mark: toFlat(mark), act: textOfAct(act) }),
    advance: (mark) => note({ type: 'mark', mark: toFlat(mark) }),
    acts: async () => {
      const reply = await writer.ask({ type: 'acts', atMs: clock.nowMs() })
      if (reply.type !== 'acts') throw journalFault('journal_unreadable', 'a reply to another question')
      return reply.acts.map(actOfText)
    },
  }

  const read = async (request: ReaderRequest): Promise<readonly SealedRecord[]> => {
    reader ??= startThread<ReaderRequest, ReaderReply>({
      spawn: () => spawnReaderThread({ file }),
      timeoutMs: READ_TIMEOUT_MS,
      lostCode: 'journal_unreadable',
      restartMs: RESTART_MS,
    })
    const starting = reader
    let client: ThreadClient<ReaderRequest, ReaderReply>
    try {
      client = await starting
    } catch (error) {
      if (reader === starting) reader = undefined
      throw error
    }
    return await client.ask(request)
  }

  return {
    append,
    countRefusal: (entry) => refusals.count(entry),
    waiting: () => queue.waiting(),
    find: async (filter) => (await read({ type: 'find', filter })).map(toRecord),
    decision: async (decisionId) => (await read({ type: 'decision', decisionId })).map(toRecord),
    recordsAfter: (seq, limits) => read({ type: 'after', seq, ...limits }),
    onRecord: (listener) => listeners.add(listener),
    ledger,
    async health() {
      try {
        const { fault } = await write([])
        if (fault !== undefined) return `${fault.code}: ${fault.problem}`
        return free === 'below_reserve' ? 'journal_full: free space is below the reserve' : undefined
      } catch (error) {
        return error instanceof Error ? error.message : 'unknown failure'
      }
    },
    close() {
      closing ??= (async () => {
        await refusals.flush()
        refusals.stop()
        await queue.drained()
        await writer.close()
        const client = await reader?.catch(() => undefined)
        await client?.close()
      })()
      return closing
    },
  }
}

function isShort(free: WrittenBatch['free']): boolean {
  return free === 'short' || free === 'below_reserve'
}

function toRecord(row: SealedRecord): AuditRecord {
  const record = readRecord(row.body, row.hash)
  if (record === undefined) throw journalFault('journal_unreadable', 'a row is not a record')
  return record
}

function toFlat(mark: StoreMark): FlatMark {
  return { storeId: mark.storeId, epoch: mark.revision.epoch, revision: mark.revision.revision }
}

function fromFlat(mark: FlatMark): StoreMark {
  return { storeId: mark.storeId, revision: { epoch: mark.epoch, revision: mark.revision } }
}

function withSuperseded(record: AuditRecord | undefined, supersedes: string | undefined): AuditRecord | undefined {
  return record === undefined || supersedes === undefined ? record : { ...record, supersedes }
}

// Nothing of the process reaches the threads but their options: no environment, no loader flags.
function spawnWriterThread(options: WriterOptions): Worker {
  return new Worker(new URL('./writer-thread.ts', import.meta.url), threadOptions('bailiwick-audit-writer', options))
}

function spawnReaderThread(options: ReaderOptions): Worker {
  return new Worker(new URL('./reader-thread.ts', import.meta.url), threadOptions('bailiwick-audit-reader', options))
}

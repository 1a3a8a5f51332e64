// A Journal in memory for the tests of walks: keeps what was appended, fails or waits when told to, and refuses what the
// real one refuses (a second allow of one decision, a supersession of anything but that decision's allow). Hashes are not real.
import { checkEntry } from '@bailiwick/audit'
import type { AuditEntry, AuditRecord, Journal, Receipt, RecordFilter } from '@bailiwick/audit'
import { Fault, isOlder, uuidV7 } from '@bailiwick/core'
import type { Clock, RecordedAct, StoreLedger, StoreMark } from '@bailiwick/core'
import { testClock } from './clock.ts'

export type JournalFaultCode = 'journal_full' | 'journal_unwritable' | 'journal_moved' | 'journal_backlog'

export interface MemoryLedger extends StoreLedger {
  /** Every verb throws `Fault('audit', code)` until `heal()`. */
  fail(code?: JournalFaultCode): void
  heal(): void
}

export interface HeldAppends {
  /** Resolves once at least `count` appends wait (1 unless told). */
  waiting(count?: number): Promise<void>
  /** Lets them, and every later one, go on. */
  release(): void
}

export interface FakeJournal extends Journal {
  /** Durable records, oldest first. */
  readonly records: readonly AuditRecord[]
  /** What `countRefusal` was given, oldest first. */
  readonly refusals: readonly AuditEntry[]
  readonly ledger: MemoryLedger
  /** Appends (those `when` selects) and `health` fail until `heal()`. */
  fail(code?: JournalFaultCode, when?: (entry: AuditEntry) => boolean): void
  heal(): void
  /** Appends (those `when` selects) wait until released. */
  hold(when?: (entry: AuditEntry) => boolean): HeldAppends
}

export function memoryLedger(): MemoryLedger & { note(mark: StoreMark): void } {
  let mark: StoreMark | undefined
  let failure: JournalFaultCode | undefined
  const acts: RecordedAct[] = []
  const usable = (): void => {
    if (failure !== undefined) throw new Fault('audit', failure, 'the ledger was told to fail')
  }
  /** Forward only for the same store; another store is adopted by `advance` alone. */
  const move = (to: StoreMark, adopt: boolean): void => {
    if (mark === undefined || (mark.storeId === to.storeId && isOlder(mark.revision, to.revision)) || (adopt && mark.storeId !== to.storeId)) mark = to
  }
  return {
    mark: async () => {
      usable()
      return mark
    },
    record: async (to, act) => {
      usable()
      move(to, false)
      acts.push(structuredClone(act))
    },
    advance: async (to) => {
      usable()
      move(to, true)
    },
    acts: async () => {
      usable()
      return [...acts]
    },
    note: (to) => move(to, false),
    fail: (code = 'journal_unwritable') => {
      failure = code
    },
    heal: () => {
      failure = undefined
    },
  }
}

export function fakeJournal(options: { readonly clock?: Clock; readonly node?: string } = {}): FakeJournal {
  const clock = options.clock ?? testClock()
  const node = options.node ?? 'node-test'
  const records: AuditRecord[] = []
  const refusals: AuditEntry[] = []
  const listeners = new Set<(record: AuditRecord) => void>()
  const ledger = memoryLedger()
  let failure: { readonly code: JournalFaultCode; readonly when: (entry: AuditEntry) => boolean } | undefined
  let gate: ReturnType<typeof openGate> | undefined

  const write = (entry: AuditEntry): Receipt => {
    if (failure?.when(entry) === true) throw new Fault('audit', failure.code, 'the journal was told to fail')
    if (entry.effect !== 'deny' && records.some((held) => held.decision_id === entry.decision_id && held.kind === entry.kind && held.effect !== 'deny')) {
      throw new TypeError('a decision has one allow record')
    }
    if (entry.supersedes !== undefined) {
      const superseded = records.find((held) => held.id === entry.supersedes)
      if (superseded?.decision_id !== entry.decision_id || superseded.kind !== entry.kind || superseded.effect === 'deny')
        throw new TypeError('a deny supersedes the allow of its own decision')
    }
    const seq = records.length + 1
    const record: AuditRecord = {
      ...structuredClone(entry),
      v: 1,
      id: uuidV7(clock.nowMs()),
      node,
      seq,
      time: new Date(clock.nowMs()).toISOString(),
      prev_hash: seq === 1 ? '' : `fake-hash-${seq - 1}`,
      hash: `fake-hash-${seq}`,
    }
    records.push(record)
    if (entry.state?.revision !== undefined && entry.state.store_id !== undefined) {
      ledger.note({ storeId: entry.state.store_id, revision: entry.state.revision })
    }
    for (const listener of listeners) listener(record)
    return { id: record.id, seq }
  }

  const isTakenBack = ({ effect, decision_id, kind }: AuditRecord): boolean =>
    effect !== 'deny' && records.some((later) => later.decision_id === decision_id && later.kind === kind && later.effect === 'deny')

  return {
    records,
    refusals,
    ledger,
    append: async (entry) => {
      checkEntry(entry)
      // A snapshot, as the real journal takes one: what the walk changes afterwards is not what was recorded.
      const snapshot = structuredClone(entry)
      if (gate?.when(snapshot) === true) await gate.enter()
      return write(snapshot)
    },
    countRefusal: (entry) => {
      refusals.push(structuredClone(entry))
    },
    waiting: () => 0,
    find: async (filter) =>
      records
        .filter((record) => matches(record, filter) && (filter.final !== true || !isTakenBack(record)))
        .toReversed()
        .slice(0, filter.limit),
    decision: async (decisionId) => records.filter((record) => record.decision_id === decisionId),
    recordsAfter: async (seq, { maxRecords }) =>
      records.slice(seq, seq + maxRecords).map(({ hash, ...body }) => ({ seq: body.seq, body: JSON.stringify(body), hash })),
    onRecord: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    health: async () => failure?.code,
    close: async () => {
      gate?.open()
    },
    fail: (code = 'journal_unwritable', when = () => true) => {
      failure = { code, when }
    },
    heal: () => {
      failure = undefined
    },
    hold: (when = () => true) => {
      const opened = openGate(when)
      gate = opened
      return {
        waiting: opened.waiting,
        release: () => {
          if (gate === opened) gate = undefined
          opened.open()
        },
      }
    },
  }
}

function matches(record: AuditRecord, filter: RecordFilter): boolean {
  return (
    (filter.kind === undefined || record.kind === filter.kind) &&
    (filter.effect === undefined || record.effect === filter.effect) &&
    (filter.reason === undefined || record.reason === filter.reason) &&
    (filter.sub === undefined || record.subject?.sub === filter.sub) &&
    (filter.task_id === undefined || record.task?.id === filter.task_id) &&
    (filter.resource === undefined || record.resource === filter.resource) &&
    (filter.decision_id === undefined || record.decision_id === filter.decision_id) &&
    (filter.before_seq === undefined || record.seq < filter.before_seq)
  )
}

function openGate(when: (entry: AuditEntry) => boolean): {
  readonly when: (entry: AuditEntry) => boolean
  enter(): Promise<void>
  waiting(count?: number): Promise<void>
  open(): void
} {
  const gate = Promise.withResolvers<void>()
  const watchers: { readonly count: number; readonly arrived: () => void }[] = []
  let inside = 0
  return {
    when,
    enter: async () => {
      inside += 1
      for (const watcher of watchers) if (inside >= watcher.count) watcher.arrived()
      await gate.promise
    },
    waiting: async (count = 1) => {
      if (inside >= count) return
      const { promise, resolve } = Promise.withResolvers<void>()
      watchers.push({ count, arrived: resolve })
      await promise
    },
    open: gate.resolve,
  }
}

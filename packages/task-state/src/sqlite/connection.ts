// Keeps one opened file usable, or refuses. A file that was moved, removed, replaced or is unreadable denies at once; a new one is opened behind
// it, through the same recovery as at start, and answers only after that. No restart is needed and no answer is given in between.
import { Fault } from '@bailiwick/core'
import type { Clock, StoreLedger } from '@bailiwick/core'
import { openDatabase, SqliteError } from '@bailiwick/sqlite'
import type { FileSigns } from '@bailiwick/sqlite'
import { assertBase, beginBase, CHECKPOINT_WAL_BYTES, checkpointStore, closeStore, setStrangeWalAside } from './base-file.ts'
import { writeStore } from './open-store.ts'
import type { OpenStore } from './open-store.ts'
import { recover } from './recover.ts'
import { APPLICATION_ID, MIGRATIONS } from './schema.ts'
import { needsReopen, stateFaultOf } from './state-fault.ts'

/** How long a read may wait for another process's lock. It blocks the event loop, so it stays far below any deadline. */
const LOCK_WAIT_MS = 10
/** After an attempt to open that failed, so that a flood of calls does not read a broken file over and over. */
const REOPEN_PAUSE_MS = 500
/** About two seconds, a moment of which each attempt waits for the lock. */
const OPEN_ATTEMPTS = 100
const OPEN_PAUSE_MS = 10

/** Pages of the file this process keeps in memory: the indexes of some ten thousand tasks. A commit by another process empties it. */
const PAGE_CACHE_KIB = 8192

export interface StoreFile {
  readonly file: string
  readonly ledger: StoreLedger
  readonly clock: Clock
}

export interface Connection {
  /** Runs `work` on the store, then makes sure it was the store that has the name. Synchronous: at most one snapshot is open, and only here. */
  read<T>(work: (store: OpenStore) => T): T
  /** Runs `work` in one durable transaction. Fault `store_busy` when another process is writing: nothing happened, try again. */
  write<T>(work: (store: OpenStore) => T): T
  close(): void
}

export async function connect(target: StoreFile): Promise<Connection> {
  let current: OpenStore | undefined = await openStore(target)
  let refusal: unknown
  let opening = false
  let closed = false

  function store(): OpenStore {
    if (current !== undefined) return current
    if (closed) throw new Fault('state', 'store_closed', 'the store is closed')
    reopen()
    throw refusal
  }

  function giveUp(error: unknown): unknown {
    const fault = stateFaultOf(error)
    if (!needsReopen(error) || current === undefined) return fault
    closeStore(current)
    current = undefined
    refusal = fault
    reopen()
    return fault
  }

  function reopen(): void {
    if (opening || closed) return
    opening = true
    openStore(target).then(
      (opened) => {
        opening = false
        if (closed) closeStore(opened)
        else current = opened
      },
      (error: unknown) => {
        refusal = stateFaultOf(error)
        setTimeout(() => (opening = false), REOPEN_PAUSE_MS).unref()
      },
    )
  }

  let checkpointDue = false
  /** Behind the answers that are ready, and only one. When it fails the next write asks again. */
  function checkpointSoon(): void {
    if (checkpointDue) return
    checkpointDue = true
    setImmediate(() => {
      checkpointDue = false
      if (current === undefined) return
      try {
        checkpointStore(current)
      } catch (error) {
        giveUp(error)
      }
    })
  }

  return {
    read(work) {
      const open = store()
      try {
        const answer = work(open)
        assertBase(open, open.db.assertInPlace())
        return answer
      } catch (error) {
        throw giveUp(error)
      }
    },
    write(work) {
      const open = store()
      try {
        const answer = writeStore(open, () => work(open))
        const signs = open.db.assertInPlace()
        assertBase(open, signs)
        if (signs.walBytes > CHECKPOINT_WAL_BYTES) checkpointSoon()
        return answer
      } catch (error) {
        throw giveUp(error)
      }
    },
    close() {
      closed = true
      if (current !== undefined) closeStore(current)
      current = undefined
    },
  }
}

async function openStore(target: StoreFile): Promise<OpenStore> {
  const mixed = setStrangeWalAside(target.file)
  const db = await whenFree(() =>
    openDatabase({ file: target.file, timeoutMs: LOCK_WAIT_MS, migrations: MIGRATIONS, applicationId: APPLICATION_ID, checkpoint: 'manual' }),
  )
  try {
    db.exec(`PRAGMA cache_size = -${PAGE_CACHE_KIB}`)
    await whenFree(() => beginBase(db))
    const head = await whenFree(() => recover(db, { ledger: target.ledger, clock: target.clock, mixed }))
    const store = { db, clock: target.clock, storeId: head.storeId, seen: head.revision, writing: false, signs: NEVER_LOOKED }
    try {
      checkpointStore(store)
    } catch (error) {
      // Another process is writing: it will checkpoint, or the next write here will.
      if (!(error instanceof SqliteError && error.problem === 'busy')) throw error
    }
    assertBase(store, db.assertInPlace())
    return store
  } catch (error) {
    db.abandon()
    throw stateFaultOf(error)
  }
}

/** No file looks like this, so the first look compares. */
const NEVER_LOOKED: FileSigns = { mainBytes: -1, mainChangedMs: -1, walBytes: -1 }

/** Another process that is creating, recovering or writing the same file holds it for a moment: waited for without blocking the event loop. */
async function whenFree<T>(work: () => T | Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof SqliteError && error.problem === 'busy' && attempt < OPEN_ATTEMPTS)) throw stateFaultOf(error)
      await new Promise((resolve) => setTimeout(resolve, OPEN_PAUSE_MS))
    }
  }
}

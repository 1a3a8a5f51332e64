// Writes that wait together share one transaction and so one fsync. Each is a savepoint of its own: one that is refused or fails leaves no trace
// and does not touch the others. Nothing that is not task state ever goes through here, so a revocation waits for no audit.
import { Fault } from '@bailiwick/core'
import { SqliteError } from '@bailiwick/sqlite'
import type { LoopShare } from '../loop-share.ts'
import type { Connection } from './connection.ts'
import type { OpenStore } from './open-store.ts'
import { stateFaultOf } from './state-fault.ts'

const MAX_BATCH = 64
/** Another process may be writing: about half a second of tries, then fault `store_busy`. */
const BUSY_ATTEMPTS = 40
const BUSY_PAUSE_MS = 4

type Outcome<T> = { readonly value: T } | { readonly fault: unknown }

interface Waiting {
  /** Runs inside the transaction; returns how to tell its caller once the commit is durable. */
  run(store: OpenStore): () => void
  fail(fault: unknown): void
}

export interface WriteQueue {
  /** Resolves after the commit is durable. `work` must not write before it refuses. */
  submit<T>(work: (store: OpenStore) => T): Promise<T>
}

/** `share`: what the transactions take of the event loop. */
export function createWriteQueue(connection: Connection, share: LoopShare): WriteQueue {
  const waiting: Waiting[] = []
  let scheduled = false

  function schedule(): void {
    if (scheduled || waiting.length === 0) return
    scheduled = true
    share.next((goOn) => void flush(goOn))
  }

  async function flush(goOn: () => boolean): Promise<void> {
    const batch: Waiting[] = []
    try {
      const answers = await commit(batch, goOn)
      for (const answer of answers) answer()
    } catch (fault) {
      // Of a transaction that could not even begin, those it would have taken.
      if (batch.length === 0) batch.push(...waiting.splice(0, MAX_BATCH))
      for (const one of batch) one.fail(fault)
    }
    scheduled = false
    schedule()
  }

  /** Takes as many as fit; who was taken is in `batch`, also where it throws. */
  async function commit(batch: Waiting[], goOn: () => boolean): Promise<readonly (() => void)[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return connection.write((store) => {
          const answers = batch.map((one) => one.run(store))
          while (batch.length < MAX_BATCH && (batch.length === 0 || goOn())) {
            const next = waiting.shift()
            if (next === undefined) break
            batch.push(next)
            answers.push(next.run(store))
          }
          return answers
        })
      } catch (error) {
        if (!(error instanceof Fault && error.code === 'store_busy') || attempt >= BUSY_ATTEMPTS) throw error
        await new Promise((resolve) => setTimeout(resolve, BUSY_PAUSE_MS))
      }
    }
  }

  return {
    submit<T>(work: (store: OpenStore) => T): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        waiting.push({
          run(store) {
            const outcome = inSavepoint(store, work)
            return 'value' in outcome ? () => resolve(outcome.value) : () => reject(outcome.fault)
          },
          fail: reject,
        })
        schedule()
      })
    },
  }
}

function inSavepoint<T>(store: OpenStore, work: (store: OpenStore) => T): Outcome<T> {
  const { db } = store
  db.prepare('SAVEPOINT act').run()
  try {
    const value = work(store)
    db.prepare('RELEASE act').run()
    return { value }
  } catch (error) {
    // The disk, not the act: SQLite may have rolled the whole transaction back already, and the others must not go on without one.
    if (error instanceof SqliteError && error.problem !== 'constraint') throw error
    db.exec('ROLLBACK TO act; RELEASE act')
    return { fault: stateFaultOf(error) }
  }
}

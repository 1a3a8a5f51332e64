// Group commit: what is appended while one batch is being written becomes the next one. No delay is ever added. Bounded: when full,
// an append is refused at once. Knows nothing of what is in an item.
import { journalFault } from './journal-fault.ts'
import type { WriteItem, WriteResult, WrittenBatch } from './writer-messages.ts'

/** Enough for a burst at a slow disk, little enough that its last append is still answered within a second or two. */
const MAX_ITEMS = 4096
const MAX_CHARS = 16 * 1024 * 1024
/** Bounds how long a revocation's ledger entry waits behind audit records. */
const MAX_BATCH = 256

export interface AppendQueue {
  /** `first`: ahead of what waits already. Rejects with a Fault; order of calls is order of records. */
  push(item: WriteItem, place?: 'first' | 'last'): Promise<WriteResult>
  /** How many items are not written yet, the batch under way included. */
  waiting(): number
  /** Resolves when nothing waits. */
  drained(): Promise<void>
}

interface Queued {
  readonly item: WriteItem
  readonly chars: number
  readonly resolve: (result: WriteResult) => void
  readonly reject: (reason: unknown) => void
}

export function createAppendQueue(write: (items: readonly WriteItem[]) => Promise<WrittenBatch>): AppendQueue {
  const urgent: Queued[] = []
  let queue: Queued[] = []
  let chars = 0
  let pumping = false
  let writing = 0
  let idle: PromiseWithResolvers<void> | undefined

  const takeBatch = (): Queued[] => {
    const batch = urgent.splice(0, MAX_BATCH)
    const rest = MAX_BATCH - batch.length
    batch.push(...queue.slice(0, rest))
    queue = queue.slice(rest)
    for (const queued of batch) chars -= queued.chars
    return batch
  }

  const pump = async (): Promise<void> => {
    // One turn of the microtask queue: appends made in the same breath share the first batch too.
    await Promise.resolve()
    while (urgent.length + queue.length > 0) {
      const batch = takeBatch()
      writing = batch.length
      try {
        const { results } = await write(batch.map((queued) => queued.item))
        for (const [at, queued] of batch.entries()) {
          const result = results[at]
          if (result === undefined) queued.reject(journalFault('journal_unwritable', 'a result is missing'))
          else queued.resolve(result)
        }
      } catch (error) {
        for (const queued of batch) queued.reject(error)
      }
    }
    writing = 0
    pumping = false
    idle?.resolve()
    idle = undefined
  }

  return {
    push(item, place = 'last') {
      const size = item.type === 'record' ? item.text.length : item.type === 'act' ? item.act.length : 0
      // What ends authority is never refused for want of a place: there is little of it, and each waits for its caller.
      if (place === 'last' && (queue.length >= MAX_ITEMS || chars + size > MAX_CHARS)) {
        return Promise.reject(journalFault('journal_backlog', 'more is waiting than can be written in time'))
      }
      const { promise, resolve, reject } = Promise.withResolvers<WriteResult>()
      chars += size
      ;(place === 'first' ? urgent : queue).push({ item, chars: size, resolve, reject })
      if (!pumping) {
        pumping = true
        void pump()
      }
      return promise
    },
    waiting: () => urgent.length + queue.length + writing,
    async drained() {
      if (!pumping) return
      idle ??= Promise.withResolvers<void>()
      await idle.promise
    },
  }
}

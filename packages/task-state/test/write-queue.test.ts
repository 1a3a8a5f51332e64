// What a transaction of the write queue takes: a slice of what waits, so that whoever else needs the event loop gets it in between; and nobody is left waiting.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Fault } from '@bailiwick/core'
import { testClock } from '@bailiwick/kit/clock'
import { openDatabase } from '@bailiwick/sqlite'
import type { SqliteDatabase } from '@bailiwick/sqlite'
import { createLoopShare } from '../src/loop-share.ts'
import type { Connection } from '../src/sqlite/connection.ts'
import { createWriteQueue } from '../src/sqlite/write-queue.ts'

let folder: string
let db: SqliteDatabase

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-queue-'))
  db = openDatabase({ file: join(folder, 'queue.db'), timeoutMs: 10, integrity: 'none' })
})
afterEach(() => {
  db.close()
  rmSync(folder, { recursive: true, force: true })
})

const SIGNS = { mainBytes: 0, mainChangedMs: 0, walBytes: 0 }

/** A queue whose every act takes so long, and how many each transaction took. */
function queue(actMs: number, broken: () => Error | undefined = () => undefined) {
  const clock = testClock()
  const taken: number[] = []
  const connection: Connection = {
    read: () => {
      throw new Error('nothing is read here')
    },
    write(work) {
      const error = broken()
      if (error !== undefined) throw error
      taken.push(0)
      return work({ db, clock, storeId: 's', seen: { epoch: 1, revision: 1 }, writing: true, signs: SIGNS })
    },
    close: () => undefined,
  }
  const writes = createWriteQueue(connection, createLoopShare(clock, { sliceMs: 1.5, rest: 0 }))
  const act = (n: number): Promise<number> =>
    writes.submit(() => {
      clock.advance(actMs)
      taken.push((taken.pop() ?? 0) + 1)
      return n
    })
  return { act, taken }
}

it('takes no more once its slice of time is over, and the rest in the next', async () => {
  const { act, taken } = queue(1)
  expect(await Promise.all([1, 2, 3, 4, 5].map(act))).toEqual([1, 2, 3, 4, 5])
  expect(taken).toEqual([2, 2, 1])
})

it('takes sixty-four at most, however quick they are', async () => {
  const { act, taken } = queue(0)
  await Promise.all(Array.from({ length: 100 }, (_, n) => act(n)))
  expect(taken).toEqual([64, 36])
})

it('tells everybody who waits where no transaction can begin, and goes on with those who come later', async () => {
  let error: Error | undefined = new Fault('state', 'store_io', 'the disk is gone')
  const { act } = queue(1, () => error)
  const answers = await Promise.allSettled(Array.from({ length: 70 }, (_, n) => act(n)))
  expect(answers.every(({ status }) => status === 'rejected')).toBe(true)
  error = undefined
  expect(await act(7)).toBe(7)
})

it('tries the same acts again where another process was writing', async () => {
  const busy = [new Fault('state', 'store_busy', 'another writes'), undefined]
  const { act, taken } = queue(1, () => busy.shift())
  expect(await Promise.all([1, 2].map(act))).toEqual([1, 2])
  expect(taken).toEqual([2])
})

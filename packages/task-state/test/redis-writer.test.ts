// How writes to Redis that wait together are sent: in batches that are confirmed together, with a rest between full ones so that decisions have the server then.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { testClock } from '@bailiwick/kit/clock'
import type { Link, Session } from '../src/redis/link.ts'
import { settingsOf } from '../src/redis/options.ts'
import { scriptOf } from '../src/redis/script.ts'
import { createWriter } from '../src/redis/writer.ts'
import { memoryLedger } from '@bailiwick/kit/test-store'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const SCRIPT = scriptOf('return 1')

/** A writer to a server that takes so long for each batch; what it was sent, a `|` where it was asked who has it. */
function writer(batchMs: number, rest: number) {
  const clock = testClock()
  const sent: string[] = []
  const session: Session = {
    run: (_script, _head, [name]) => {
      sent.push(String(name))
      return Promise.resolve(name)
    },
    call: (command) => {
      if (command !== 'WAIT') return Promise.resolve('id=1 age=100 flags=S\nid=2 age=100 flags=S\n')
      sent.push('|')
      clock.advance(batchMs)
      return Promise.resolve(2)
    },
  }
  const nothing = (): void => undefined
  const link: Link = { name: 'acts', current: () => session, session: () => session, admit: nothing, drop: nothing, close: nothing }
  const settings = settingsOf({
    url: 'redis://127.0.0.1:6379',
    ledger: memoryLedger(),
    clock,
    nodeId: 'node-1',
    replicas: { promotable: 2, minToWrite: 1, acks: 2 },
  })
  const made = createWriter({ link, confirmDeps: () => ({ settings, waitAof: false }), clock, batch: 16, rest })
  const write = (name: string): Promise<unknown> => made.write(SCRIPT, 'head', () => [name])
  const pass = async (ms: number): Promise<void> => void (await vi.advanceTimersByTimeAsync(ms))
  return { write, sent, pass, batches: () => sent.join('').split('|').length - 1 }
}

const storm = (write: (name: string) => Promise<unknown>, count: number): readonly Promise<unknown>[] => Array.from({ length: count }, () => write('.'))

it('rests after a batch with another full one behind it, as many times as long as it took', async () => {
  const { write, pass, batches } = writer(4, 2)
  const written = storm(write, 48)
  await pass(0)
  // The first came alone: whoever came while it was written waited for it.
  expect(batches()).toBe(1)
  await pass(7)
  expect(batches()).toBe(1)
  await pass(1)
  expect(batches()).toBe(2)
  await pass(8)
  // Behind the third there are none left that a rest would keep from decisions.
  expect(batches()).toBe(4)
  await Promise.all(written)
})

it('rests no longer than twenty milliseconds, however long a batch took', async () => {
  const { write, pass, batches } = writer(900, 2)
  const written = storm(write, 17)
  await pass(19)
  expect(batches()).toBe(1)
  await pass(1)
  expect(batches()).toBe(2)
  await Promise.all(written)
})

it('rests never where it is told not to, nor with less than a full batch behind', async () => {
  const restless = writer(4, 0)
  await Promise.all(storm(restless.write, 40))
  const few = writer(4, 2)
  await Promise.all(storm(few.write, 16))
  expect(few.batches()).toBe(2)
})

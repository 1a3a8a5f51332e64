import { expect, it } from 'vitest'
import { createAppendQueue } from '../src/append-queue.ts'
import type { WriteItem } from '../src/writer-messages.ts'
import { allow, openTestJournal } from './fixture.ts'

const item: WriteItem = { type: 'record', text: '{}', essential: false }

it('counts what waits and what is being written, until it is durable', async () => {
  const gates: (() => void)[] = []
  const queue = createAppendQueue(async (items) => {
    await new Promise<void>((resolve) => gates.push(resolve))
    return { free: 'unknown', results: items.map((_, at) => ({ outcome: 'written', seq: at + 1, prevHash: '', hash: '' })) }
  })
  expect(queue.waiting()).toBe(0)
  const first = [queue.push(item), queue.push(item)]
  expect(queue.waiting()).toBe(2)
  await expect.poll(() => gates.length).toBe(1)
  const later = [queue.push(item), queue.push(item, 'first'), queue.push(item)]
  expect(queue.waiting()).toBe(5)
  gates.shift()?.()
  await Promise.all(first)
  await expect.poll(() => gates.length).toBe(1)
  expect(queue.waiting()).toBe(3)
  gates.shift()?.()
  await Promise.all(later)
  expect(queue.waiting()).toBe(0)
})

it('is nothing for a journal whose appends are durable', async () => {
  const at = await openTestJournal()
  const appended = at.journal.append(allow())
  expect(at.journal.waiting()).toBe(1)
  await appended
  expect(at.journal.waiting()).toBe(0)
  await at.remove()
})

import { afterEach, describe, expect, it } from 'vitest'
import { newRevocationId } from '@bailiwick/core'
import type { RecordedAct } from '@bailiwick/core'
import { openDatabase } from '@bailiwick/sqlite'
import { fakeJournal } from '@bailiwick/kit/fake-journal'
import type { Journal } from '../src/index.ts'
import { allow, openTestJournal } from './fixture.ts'
import type { OpenJournal } from './fixture.ts'

const mark = (revision: number, epoch = 1, storeId = 'store-1'): { storeId: string; revision: { epoch: number; revision: number } } => ({
  storeId,
  revision: { epoch, revision },
})
const at = (revision: number, epoch = 1, storeId = 'store-1'): ReturnType<typeof allow> =>
  allow({ state: { store_id: storeId, revision: { epoch, revision } } })

const acts: readonly RecordedAct[] = [
  {
    act: 'revoke',
    revocation: {
      id: newRevocationId(1),
      scope: { kind: 'user', id: 'corp:alice' },
      reason: 'left',
      hold: true,
      setBy: 'operator:ops',
      setAtMs: 1,
      revision: { epoch: 1, revision: 2 },
    },
  },
  { act: 'complete', taskId: 'task_1', by: 'client:refund-agent', atMs: 2 },
  { act: 'revoke_token', jti: 'j1', untilSeconds: 4_000_000_000 },
  { act: 'lift', revocationId: 'rev_1', by: 'operator:ops', atMs: 4 },
]

const open: OpenJournal[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.remove()
})

// The fake is held to the same rules, so that what a store learns in its tests is true.
const kinds: Readonly<Record<string, () => Promise<Journal>>> = {
  'the journal': async () => {
    const opened = await openTestJournal()
    open.push(opened)
    return opened.journal
  },
  'the fake journal': async () => fakeJournal(),
}

describe.each(Object.keys(kinds))('the ledger of %s', (kind) => {
  const journal = async (): Promise<Journal> => {
    const make = kinds[kind]
    if (make === undefined) throw new Error(kind)
    return await make()
  }

  it('knows nothing at first', async () => {
    const { ledger } = await journal()
    expect(await ledger.mark()).toBeUndefined()
    expect(await ledger.acts()).toEqual([])
  })

  it('follows what durable records say of the store, forward only', async () => {
    const { ledger, append } = await journal()
    await append(at(5))
    await append(at(3))
    expect(await ledger.mark()).toEqual(mark(5))
    await append(at(1, 2))
    await append(at(900, 1))
    expect(await ledger.mark()).toEqual(mark(1, 2))
  })

  it('adopts another store by advance alone', async () => {
    const { ledger, append } = await journal()
    await append(at(5))
    await append(at(99, 9, 'store-2'))
    await ledger.record(mark(99, 9, 'store-2'), acts[1] ?? expect.fail())
    expect(await ledger.mark()).toEqual(mark(5))
    await ledger.advance(mark(1, 1, 'store-2'))
    expect(await ledger.mark()).toEqual(mark(1, 1, 'store-2'))
  })

  it('never goes back by advance within one store', async () => {
    const { ledger } = await journal()
    await ledger.advance(mark(5))
    await ledger.advance(mark(4))
    expect(await ledger.mark()).toEqual(mark(5))
  })

  it('keeps acts in order, and moves the mark with them', async () => {
    const { ledger } = await journal()
    for (const [n, act] of acts.entries()) await ledger.record(mark(n + 1), act)
    expect(await ledger.acts()).toEqual(acts)
    expect(await ledger.mark()).toEqual(mark(4))
  })

  it('does not move the mark for a record that was refused', async () => {
    const { ledger, append } = await journal()
    const entry = at(5)
    await append(entry)
    await expect(append({ ...entry, state: { store_id: 'store-1', revision: { epoch: 1, revision: 50 } } })).rejects.toThrow(TypeError)
    expect(await ledger.mark()).toEqual(mark(5))
  })
})

describe('ended tokens', () => {
  const ended = (n: number, untilSeconds: number): RecordedAct => ({ act: 'revoke_token', jti: `canary-${n}`, untilSeconds })

  it('are forgotten two hours after they would have ended by themselves, a few per write; nothing else ever is', async () => {
    const opened = await openTestJournal()
    open.push(opened)
    const { clock, journal: opening } = opened
    const { ledger } = opening
    const now = Math.floor(clock.nowMs() / 1000)
    for (let n = 0; n < 20; n++) await ledger.record(mark(n + 1), ended(n, now + 60))
    await ledger.record(mark(21), acts[0] ?? expect.fail())
    clock.advance((60 + 7_200) * 1_000)
    await ledger.record(mark(22), ended(100, now + 9_000))
    expect(await ledger.acts()).toHaveLength(22)
    clock.advance(1_000)
    for (let n = 0; n < 3; n++) await ledger.record(mark(30 + n), ended(200 + n, now + 9_000))
    const left = await ledger.acts()
    expect(left).toHaveLength(5)
    expect(left[0]).toEqual(acts[0])
  })
})

it('survives a restart', async () => {
  const opened = await openTestJournal()
  open.push(opened)
  await opened.journal.ledger.record(mark(2), acts[0] ?? expect.fail())
  const { ledger } = await opened.reopen()
  expect(await ledger.mark()).toEqual(mark(2))
  expect(await ledger.acts()).toEqual([acts[0]])
})

it('is written though a thousand records wait', async () => {
  const { journal, ...opened } = await openTestJournal()
  open.push({ journal, ...opened })
  const order: string[] = []
  const appended = Array.from({ length: 2000 }, () => journal.append(allow()))
  void Promise.all(appended).then(() => order.push('records'))
  await journal.ledger.record(mark(9), acts[0] ?? expect.fail())
  order.push('act')
  await Promise.all(appended)
  expect(order[0]).toBe('act')
})

it('with an act that cannot be read is a fault, never a shorter list', async () => {
  const opened = await openTestJournal()
  open.push(opened)
  await opened.journal.ledger.record(mark(1), acts[0] ?? expect.fail())
  const intruder = openDatabase({ file: opened.file, timeoutMs: 100, integrity: 'none' })
  intruder.exec(`UPDATE ledger_act SET act = replace(act, 'revoke', 'forget')`)
  intruder.close()
  await expect(opened.journal.ledger.acts()).rejects.toMatchObject({ dependency: 'audit', code: 'journal_unreadable' })
})

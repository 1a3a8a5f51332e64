import { afterEach, describe, expect, it } from 'vitest'
import { newRevocationId } from '@bailiwick/core'
import type { RecordedAct } from '@bailiwick/core'
import { openDatabase } from '@bailiwick/sqlite'
import { fakeJournal } from '@bailiwick/kit/fake-journal'
import type { Journal } from '../src/index.ts'
import { LAPSED_AT, LAPSES } from '../src/schema.ts'
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
  { act: 'complete', taskId: 'task_1', by: 'client:refund-agent', atMs: 2, untilSeconds: 4_000_000_000 },
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

describe('acts about what ends by itself', () => {
  const token = (n: number, untilSeconds: number): RecordedAct => ({ act: 'revoke_token', jti: `canary-${n}`, untilSeconds })
  const done = (n: number, untilSeconds: number): RecordedAct => ({ act: 'complete', taskId: `task_${n}`, by: 'client:refund-agent', atMs: 1, untilSeconds })
  const DAYS = 2 * 86_400
  const [revoked] = acts
  if (revoked === undefined) throw new Error('no act')

  const opening = async (): Promise<OpenJournal & { readonly now: number }> => {
    const opened = await openTestJournal()
    open.push(opened)
    return { ...opened, now: Math.floor(opened.clock.nowMs() / 1000) }
  }
  const intrude = (file: string, sql: string): void => {
    const intruder = openDatabase({ file, timeoutMs: 100, integrity: 'none' })
    intruder.exec(sql)
    intruder.close()
  }

  it.each([
    ['ended tokens', token],
    ['completions', done],
  ])('%s are forgotten two days after that, a few per write; nothing else ever is', async (_, act) => {
    const { now, clock, journal: opened } = await opening()
    const { ledger } = opened
    for (let n = 0; n < 20; n++) await ledger.record(mark(n + 1), act(n, now + 60))
    await ledger.record(mark(21), revoked)
    clock.advance((60 + DAYS) * 1000)
    await ledger.record(mark(22), act(100, now + 2 * DAYS))
    expect(await ledger.acts()).toHaveLength(22)
    clock.advance(1000)
    for (let n = 0; n < 5; n++) await ledger.record(mark(30 + n), act(200 + n, now + 2 * DAYS))
    const left = await ledger.acts()
    expect(left).toHaveLength(7)
    expect(left[0]).toEqual(revoked)
  })

  it('do not make the ledger grow, however many are recorded at once', async () => {
    const { now, clock, journal: opened } = await opening()
    for (let day = 0; day < 6; day++) {
      await Promise.all(Array.from({ length: 200 }, (_, n) => opened.ledger.record(mark(1 + day), done(day * 1000 + n, now + day * 86_400 + 60))))
      clock.advance(86_400_000)
    }
    const left = await opened.ledger.acts()
    expect(left.length).toBeLessThanOrEqual(3 * 200)
    expect(left.filter((act) => act.act === 'complete' && act.untilSeconds > now + 3 * 86_400)).toHaveLength(3 * 200)
  })

  it('are looked up by an index', async () => {
    const { file } = await opening()
    const db = openDatabase({ file, timeoutMs: 100, integrity: 'none' })
    const plan = db.prepare(`EXPLAIN QUERY PLAN SELECT n FROM ledger_act WHERE ${LAPSES} AND ${LAPSED_AT} < 5 ORDER BY ${LAPSED_AT} LIMIT 4`).all()
    db.close()
    expect(plan.map((row) => row['detail'])).toEqual([expect.stringContaining('ledger_lapsing')])
  })

  it.each([
    ['recording', 'BEFORE INSERT ON ledger_act'],
    ['forgetting', 'BEFORE DELETE ON ledger_act'],
    ['moving the mark', 'BEFORE UPDATE ON ledger_mark'],
  ])('are all there still, and the new one is not, when the write fails while %s', async (_, step) => {
    const { now, clock, file, journal: opened, reopen } = await opening()
    const old = [done(1, now + 60), token(1, now + 60), done(2, now + 60)]
    for (const act of old) await opened.ledger.record(mark(1), act)
    clock.advance((61 + DAYS) * 1000)
    intrude(file, `CREATE TRIGGER stop ${step} BEGIN SELECT RAISE(ABORT, 'stopped'); END`)
    await expect(opened.ledger.record(mark(2), revoked)).rejects.toMatchObject({ dependency: 'audit' })
    intrude(file, 'DROP TRIGGER stop')
    const { ledger } = await reopen()
    expect(await ledger.acts()).toEqual(old)
    await ledger.record(mark(2), revoked)
    expect(await ledger.acts()).toEqual([revoked])
  })

  it('of a version that did not know when a completed task would have ended are kept for a year', async () => {
    const { file, journal: opened, reopen } = await opening()
    await opened.ledger.record(mark(1), done(1, 4_000_000_000))
    await opened.close()
    intrude(file, `UPDATE ledger_act SET act = json_remove(act, '$.untilSeconds'); DROP INDEX ledger_lapsing; PRAGMA user_version = 1`)
    const { ledger } = await reopen()
    expect(await ledger.acts()).toEqual([done(1, 31_536_000)])
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

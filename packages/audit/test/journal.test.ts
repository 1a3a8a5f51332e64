import { afterEach, describe, expect, it } from 'vitest'
import { newDecisionId } from '@bailiwick/core'
import { verifyJournalFile } from '../src/index.ts'
import type { AuditRecord } from '../src/index.ts'
import { allow, denial, openTestJournal } from './fixture.ts'
import type { OpenJournal } from './fixture.ts'

const open: OpenJournal[] = []
const journalWith: typeof openTestJournal = async (options) => {
  const at = await openTestJournal(options)
  open.push(at)
  return at
}
afterEach(async () => {
  for (const at of open.splice(0)) await at.remove()
})

describe('append', () => {
  it('stores the entry with its place, time and links', async () => {
    const { journal, file } = await journalWith()
    const entry = allow()
    const receipt = await journal.append(entry)
    const [record] = await journal.decision(entry.decision_id)
    expect(receipt).toEqual({ id: record?.id, seq: 1 })
    expect(record).toEqual({
      ...entry,
      v: 1,
      id: receipt.id,
      node: 'node-1',
      seq: 1,
      time: '2026-11-20T12:00:00.000Z',
      prev_hash: '',
      hash: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
    })
    expect(await verifyJournalFile(file)).toEqual({ ok: true, records: 1, last_hash: record?.hash, segments: 1 })
  })

  it('keeps the order of calls, without gaps, also when many wait together', async () => {
    const { journal, file } = await journalWith()
    const receipts = await Promise.all(Array.from({ length: 1000 }, () => journal.append(allow())))
    expect(receipts.map(({ seq }) => seq)).toEqual(Array.from({ length: 1000 }, (_, n) => n + 1))
    expect(await verifyJournalFile(file)).toMatchObject({ ok: true, records: 1000 })
  })

  it('goes on with the chain after a restart', async () => {
    const at = await journalWith()
    await at.journal.append(allow())
    const again = await at.reopen()
    expect((await again.append(allow())).seq).toBe(2)
    expect(await verifyJournalFile(at.file)).toMatchObject({ ok: true, records: 2, segments: 1 })
  })

  it('records what the entry was when it was handed in', async () => {
    const { journal } = await journalWith()
    const binding = { ticket_id: 'T-1042' }
    const entry = allow({ task: { id: 'task_1', binding } })
    const appended = journal.append(entry)
    binding.ticket_id = 'T-1'
    await appended
    expect((await journal.decision(entry.decision_id))[0]?.task?.binding).toEqual({ ticket_id: 'T-1042' })
  })

  it('refuses a second allow of one decision, and nothing else of its batch', async () => {
    const { journal, file } = await journalWith()
    const entry = allow()
    const [first, second, third] = await Promise.allSettled([
      journal.append(entry),
      journal.append({ ...entry, effect: 'shadow_allow' }),
      journal.append(allow()),
    ])
    expect([first.status, second.status, third.status]).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(second).toMatchObject({ reason: new TypeError('a decision has one allow record') })
    expect(await verifyJournalFile(file)).toMatchObject({ ok: true, records: 2 })
  })

  it('lets a deny supersede the allow of its decision, and then the last record tells the effect', async () => {
    const { journal, file } = await journalWith()
    const entry = allow()
    const { id } = await journal.append(entry)
    await journal.append(denial({ decision_id: entry.decision_id, supersedes: id }))
    expect((await journal.decision(entry.decision_id)).map(({ effect, supersedes }) => ({ effect, supersedes }))).toEqual([
      { effect: 'allow', supersedes: undefined },
      { effect: 'deny', supersedes: id },
    ])
    expect(await verifyJournalFile(file)).toMatchObject({ ok: true, records: 2 })
  })

  it('lets a deny supersede the allow whose writing its caller could not know of, in the file and for whoever follows', async () => {
    const { journal, file } = await journalWith()
    const entry = allow()
    const { id } = await journal.append(entry)
    const followed: AuditRecord[] = []
    const stop = journal.onRecord((record) => followed.push(record))
    await journal.append(denial({ decision_id: entry.decision_id }))
    await journal.append(denial({ decision_id: entry.decision_id }))
    await expect.poll(() => followed.length).toBe(2)
    stop()
    expect((await journal.decision(entry.decision_id)).map(({ supersedes }) => supersedes)).toEqual([undefined, id, undefined])
    expect(followed.map(({ supersedes }) => supersedes)).toEqual([id, undefined])
    expect(await verifyJournalFile(file)).toMatchObject({ ok: true, records: 3 })
  })

  it('refuses an allow that supersedes, and a deny that supersedes the allow of another decision', async () => {
    const { journal } = await journalWith()
    const { id } = await journal.append(allow())
    await expect(journal.append(allow({ supersedes: id }))).rejects.toThrow(TypeError)
    await expect(journal.append(denial({ supersedes: id }))).rejects.toThrow(new TypeError('a deny supersedes the allow of its own decision'))
  })

  it('takes a token out of whatever part of an entry it came in', async () => {
    const { journal } = await journalWith()
    const token = `${Buffer.from('{"alg":"ES256"}').toString('base64url')}.${Buffer.from('{"sub":"alice"}').toString('base64url')}.c2lnbmF0dXJl`
    const entry = denial({ detail: `saw ${token}`, client_id: token, task: { id: 'task_1', purpose: token }, gateway: { request_id: token } })
    await journal.append(entry)
    expect(JSON.stringify(await journal.decision(entry.decision_id))).not.toContain('eyJ')
  })

  it('records a call whose name is not well-formed text', async () => {
    const { journal, file } = await journalWith()
    await journal.append(denial({ action: { kind: 'mcp', name: 'a\ud800' } }))
    expect(await verifyJournalFile(file)).toMatchObject({ ok: true, records: 1 })
  })

  it('keeps an entry that is too large without its content, a deny if need be in outline, and refuses such an allow', async () => {
    const { journal } = await journalWith()
    const large = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`m${n}`, 'x'.repeat(1000)]))
    const content = allow({ action: { kind: 'mcp', name: 'refund_issue', args_masked: large } })
    await journal.append(content)
    expect((await journal.decision(content.decision_id))[0]?.action).toEqual({ kind: 'mcp', name: 'refund_issue', args_masked: { record_too_large: true } })
    const actions = Array.from({ length: 200 }, () => 'x'.repeat(1000))
    const refused = denial({ policy: { actions } })
    await journal.append(refused)
    expect((await journal.decision(refused.decision_id))[0]).toMatchObject({
      effect: 'deny',
      reason: 'task_revoked',
      detail: 'record_too_large',
      task: { id: 'task_1' },
    })
    await expect(journal.append(allow({ policy: { actions } }))).rejects.toThrow(TypeError)
  })

  it('refuses at once what would wait behind too much, and takes more when that is written', async () => {
    const { journal } = await journalWith()
    const appended = Array.from({ length: 5000 }, () => journal.append(denial()))
    const settled = await Promise.allSettled(appended)
    const refused = settled.filter((one) => one.status === 'rejected')
    expect(refused.length).toBe(5000 - 4096)
    expect(refused[0]?.reason).toMatchObject({ dependency: 'audit', code: 'journal_backlog' })
    await journal.append(allow())
  })

  it('after close is a fault', async () => {
    const { journal } = await journalWith()
    await journal.close()
    await expect(journal.append(allow())).rejects.toMatchObject({ dependency: 'audit', code: 'journal_closed' })
  })

  it('that was called before close is durable when close is done', async () => {
    const at = await journalWith()
    const appended = Array.from({ length: 600 }, () => at.journal.append(allow()))
    await at.journal.close()
    await Promise.all(appended)
    expect(await verifyJournalFile(at.file)).toMatchObject({ ok: true, records: 600 })
  })
})

describe('find', () => {
  it('answers newest first, by every filter, in pages', async () => {
    const { journal } = await journalWith()
    await journal.append(allow())
    await journal.append(denial({ subject: { sub: 'corp:bob' } }))
    await journal.append(denial({ reason: 'policy_denied', task: { id: 'task_2' }, resource: 'crm', kind: 'exchange' }))
    const seqs = async (filter: Omit<Parameters<typeof journal.find>[0], 'limit'>, limit = 10): Promise<readonly number[]> =>
      (await journal.find({ ...filter, limit })).map(({ seq }) => seq)
    expect(await seqs({})).toEqual([3, 2, 1])
    expect(await seqs({}, 2)).toEqual([3, 2])
    expect(await seqs({ before_seq: 2 })).toEqual([1])
    expect(await seqs({ effect: 'deny' })).toEqual([3, 2])
    expect(await seqs({ reason: 'task_revoked' })).toEqual([2])
    expect(await seqs({ sub: 'corp:alice' })).toEqual([3, 1])
    expect(await seqs({ task_id: 'task_2' })).toEqual([3])
    expect(await seqs({ resource: 'payments', effect: 'deny' })).toEqual([2])
    expect(await seqs({ kind: 'exchange' })).toEqual([3])
    expect(await seqs({ sub: "' OR 1=1 --" })).toEqual([])
  })
})

describe('find, of what is final', () => {
  it('leaves out what a deny took back, and nothing else', async () => {
    const { journal } = await journalWith()
    const [passed, takenBack] = [newDecisionId(1), newDecisionId(2)]
    await journal.append(allow({ decision_id: passed, effect: 'shadow_allow', reason: 'limit_exceeded' }))
    const { id } = await journal.append(allow({ decision_id: takenBack, effect: 'shadow_allow', reason: 'limit_exceeded' }))
    await journal.append(denial({ decision_id: takenBack, supersedes: id }))
    // Another act under the same id takes nothing back.
    await journal.append(denial({ decision_id: passed, kind: 'introspection' }))
    expect((await journal.find({ effect: 'shadow_allow', limit: 9 })).map(({ seq }) => seq)).toEqual([2, 1])
    expect((await journal.find({ effect: 'shadow_allow', final: true, limit: 9 })).map(({ seq }) => seq)).toEqual([1])
    expect((await journal.find({ final: true, limit: 9 })).map(({ seq }) => seq)).toEqual([4, 3, 1])
  })
})

describe('refusals of strangers', () => {
  it('become one record per reason, door and class of peer', async () => {
    const { journal, clock } = await journalWith({ refusalIntervalMs: 20 })
    const stranger = denial({ reason: 'gateway_unauthenticated' })
    for (let n = 0; n < 500; n += 1) journal.countRefusal({ ...stranger, decision_id: newDecisionId(n), gateway: { peer: `10.0.${n % 200}.${n % 7}` } })
    journal.countRefusal({ ...stranger, reason: 'client_unauthenticated' })
    clock.advance(1500)
    await expect.poll(() => journal.find({ kind: 'refusals', limit: 10 })).toHaveLength(2)
    const found = await journal.find({ kind: 'refusals', reason: 'gateway_unauthenticated', limit: 10 })
    expect(found).toMatchObject([
      {
        effect: 'deny',
        count: 500,
        gateway: { peer: 'network' },
        act: { since: '2026-11-20T12:00:00.000Z', until: '2026-11-20T12:00:01.500Z', first_decision_id: expect.stringMatching(/^dec_/) },
      },
    ])
  })

  it('that were counted are written at close', async () => {
    const at = await journalWith()
    at.journal.countRefusal(denial({ reason: 'gateway_unauthenticated' }))
    const again = await at.reopen()
    expect(await again.find({ kind: 'refusals', limit: 10 })).toMatchObject([{ count: 1 }])
  })

  it('cannot be made many rows by naming many doors', async () => {
    const at = await journalWith()
    for (let n = 0; n < 10_000; n += 1) at.journal.countRefusal(denial({ reason: 'token_missing', door: `door-${n}` }))
    const again = await at.reopen()
    const rows = await again.find({ kind: 'refusals', limit: 1000 })
    expect(rows.length).toBeLessThanOrEqual(68)
    expect(rows.reduce((sum, { count }) => sum + (count ?? 0), 0)).toBe(10_000)
  })
})

describe('listeners', () => {
  it('hear each record once it is durable, as it is stored', async () => {
    const { journal } = await journalWith()
    const heard: AuditRecord[] = []
    const stop = journal.onRecord((record) => heard.push(record))
    const entry = allow()
    await journal.append(entry)
    await expect.poll(() => heard).toHaveLength(1)
    expect(heard).toEqual(await journal.decision(entry.decision_id))
    stop()
    await journal.append(allow())
    await journal.find({ limit: 1 })
    expect(heard).toHaveLength(1)
  })

  it('that throw disturb neither appends nor each other', async () => {
    const { journal } = await journalWith()
    const heard: number[] = []
    journal.onRecord(() => {
      throw new Error('listener')
    })
    journal.onRecord(({ seq }) => heard.push(seq))
    await journal.append(allow())
    await journal.append(allow())
    await expect.poll(() => heard).toEqual([1, 2])
  })
})

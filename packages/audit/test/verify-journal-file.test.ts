import { copyFile, writeFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { newDecisionId } from '@bailiwick/core'
import type { JsonObject } from '@bailiwick/core'
import { openDatabase } from '@bailiwick/sqlite'
import { testClock } from '@bailiwick/kit/clock'
import { createChainVerifier, openJournal, verifyJournalFile } from '../src/index.ts'
import { sealRecord } from '../src/stored-record.ts'
import { allow, denial, journalFolder, openTestJournal } from './fixture.ts'
import type { JournalFolder, OpenJournal } from './fixture.ts'

let template: OpenJournal
let at: JournalFolder
beforeAll(async () => {
  template = await openTestJournal()
  const entry = allow()
  const { id } = await template.journal.append(entry)
  await template.journal.append(denial({ decision_id: entry.decision_id, supersedes: id }))
  await template.journal.append(denial())
  await template.journal.append(allow())
  await template.journal.append(allow())
  await template.journal.close()
})
afterAll(() => template.remove())
beforeEach(async () => {
  at = await journalFolder()
  await copyFile(template.file, at.file)
})
afterEach(() => at.remove())

const tamper = (sql: string): void => {
  const db = openDatabase({ file: at.file, timeoutMs: 100, integrity: 'none' })
  db.exec(sql)
  db.close()
}

describe('a file', () => {
  it('as the journal left it is whole', async () => {
    expect(await verifyJournalFile(at.file)).toMatchObject({ ok: true, records: 5, segments: 1 })
  })

  it.each([
    ['a word of the text changed', `UPDATE record SET body = replace(body, 'refund_issue', 'refund_query') WHERE seq = 3`, 3],
    ['a deny made an allow, in the text', `UPDATE record SET body = replace(body, '"effect":"deny"', '"effect":"allow"') WHERE seq = 3`, 3],
    ['a deny made an allow, in the column searches use', `UPDATE record SET effect = 'allow' WHERE seq = 3`, 3],
    ['a record hidden from a search', `UPDATE record SET sub = NULL WHERE seq = 4`, 4],
    ['a hash changed', `UPDATE record SET hash = (SELECT hash FROM record WHERE seq = 1) WHERE seq = 2`, 2],
    ['a record removed', 'DELETE FROM record WHERE seq = 3', 4],
    ['the first record removed', 'DELETE FROM record WHERE seq = 1', 2],
    ['two records swapped', 'UPDATE record SET seq = 100 WHERE seq = 3; UPDATE record SET seq = 3 WHERE seq = 4; UPDATE record SET seq = 4 WHERE seq = 100', 3],
    ['a record put elsewhere', 'UPDATE record SET seq = 9 WHERE seq = 5', 9],
    ['a space added to the text', `UPDATE record SET body = body || ' ' WHERE seq = 2`, 2],
    ['the text gone', `UPDATE record SET body = '' WHERE seq = 2`, 2],
  ])('with %s names the record', async (_, sql, seq) => {
    tamper(sql)
    expect(await verifyJournalFile(at.file)).toMatchObject({ ok: false, seq })
  })

  it('cut at its end looks whole: only the hash kept elsewhere tells', async () => {
    const before = await verifyJournalFile(at.file)
    tamper('DELETE FROM record WHERE seq = 5')
    const after = await verifyJournalFile(at.file)
    expect(after).toMatchObject({ ok: true, records: 4 })
    expect(after).not.toEqual(before)
  })

  it('that is none, is missing or is broken is an answer, not a crash', async () => {
    expect(await verifyJournalFile(`${at.file}.missing`)).toMatchObject({ ok: false, seq: 0 })
    await writeFile(`${at.file}.txt`, 'no database'.repeat(1000))
    expect(await verifyJournalFile(`${at.file}.txt`)).toMatchObject({ ok: false, seq: 0 })
  })

  it('is verified in pages, beyond the first one too', async () => {
    const again = await openJournal({ file: at.file, node: 'node-1', clock: testClock(), reservedBytes: 0 })
    await Promise.all(Array.from({ length: 1200 }, () => again.append(denial())))
    await again.close()
    expect(await verifyJournalFile(at.file)).toMatchObject({ ok: true, records: 1205 })
    tamper(`UPDATE record SET body = replace(body, 'refund_issue', 'x') WHERE seq = 1100`)
    expect(await verifyJournalFile(at.file)).toMatchObject({ ok: false, seq: 1100 })
  })
})

// A chain forged with fresh hashes: links and hashes hold, so the rules of decisions are all that is left.
describe('a chain whose hashes hold', () => {
  const first = newDecisionId(1)
  const other = newDecisionId(2)
  const record = (change: JsonObject): JsonObject => ({
    v: 1,
    id: 'r',
    node: 'n',
    time: 't',
    kind: 'decision',
    decision_id: first,
    effect: 'allow',
    plane: 'gateways',
    door: 'd',
    ...change,
  })
  const deny = (change: JsonObject): JsonObject => record({ effect: 'deny', reason: 'task_revoked', ...change })

  const check = (records: readonly JsonObject[], seqs: readonly number[] = records.map((_, n) => n + 1)): string | undefined => {
    const chain = createChainVerifier()
    let prevHash = ''
    for (const [n, unsealed] of records.entries()) {
      const sealed = sealRecord(unsealed, seqs[n] ?? 0, typeof unsealed['prev_hash'] === 'string' ? unsealed['prev_hash'] : prevHash)
      prevHash = sealed.hash
      const problem = chain.check(sealed)
      if (problem !== undefined) return problem
    }
    return undefined
  }

  it.each<readonly [string, readonly JsonObject[], string | undefined]>([
    ['an allow and its superseding deny', [record({ id: 'a' }), deny({ supersedes: 'a' })], undefined],
    ['a deny after an allow that was superseded', [record({ id: 'a' }), deny({ supersedes: 'a' }), deny({})], undefined],
    ['two denies of one decision', [deny({}), deny({})], undefined],
    ['allows of two kinds under one id', [record({}), record({ kind: 'task' })], undefined],
    ['a second allow', [record({}), record({})], 'a second allow of one decision'],
    ['a shadow allow beside an allow', [record({}), record({ effect: 'shadow_allow' })], 'a second allow of one decision'],
    ['an allow after a deny', [deny({}), record({})], 'an allow after a deny of the same decision'],
    ['an allow after its superseding deny', [record({ id: 'a' }), deny({ supersedes: 'a' }), record({})], 'a second allow of one decision'],
    ['an allow that supersedes', [deny({ id: 'a' }), record({ supersedes: 'a', decision_id: other })], 'an allow supersedes another record'],
    ['a deny that leaves the allow standing', [record({}), deny({})], 'a deny after an allow that does not supersede it'],
    ['a deny that supersedes nothing there is', [deny({ supersedes: 'a' })], 'what is superseded is not the allow of this decision'],
    [
      "a deny that supersedes another decision's allow",
      [record({ id: 'a' }), deny({ supersedes: 'a', decision_id: other })],
      'what is superseded is not the allow of this decision',
    ],
    ['an allow superseded twice', [record({ id: 'a' }), deny({ supersedes: 'a' }), deny({ supersedes: 'a' })], 'an allow superseded twice'],
    ['an effect nobody knows', [record({ effect: 'maybe' })], 'an unknown effect'],
  ])('with %s', (_, records, problem) => {
    expect(check(records)).toBe(problem)
  })

  it('with a gap names what is missing', () => {
    expect(check([deny({}), deny({})], [1, 3])).toBe('the record before is missing: expected 2')
  })

  it('that begins later than 1 is not whole', () => {
    expect(check([deny({})], [2])).toBe('the record before is missing: expected 1')
  })

  it('with a segment that does not say where it found the chain is not whole', () => {
    const segment = deny({ kind: 'store', prev_hash: 'lost', act: { event: 'segment_started', lost_seq: 9, lost_hash: 'lost', found_seq: 0, found_hash: '' } })
    expect(check([deny({}), segment], [1, 10])).toBe('a segment was started after another end')
    expect(check([segment], [10])).toBeUndefined()
  })
})

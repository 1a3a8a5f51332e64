import { renameSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, describe, expect, it } from 'vitest'
import { newDecisionId } from '@bailiwick/core'
import { openJournal, verifyShippedFile } from '../../src/index.ts'
import type { SealedRecord } from '../../src/index.ts'
import { allow, denial } from '../fixture.ts'
import { all, batch, MARK, openPair } from './node-journal.ts'
import type { Pair } from './node-journal.ts'

const open: Pair[] = []
async function pairOf(records: number, options: { readonly reservedBytes?: number } = {}): Promise<Pair> {
  const pair = await openPair(options)
  open.push(pair)
  for (let n = 0; n < records; n++) {
    await pair.node.journal.append(n % 2 === 0 ? allow() : denial())
    // Ids are ordered by the millisecond.
    pair.node.clock.advance(1)
  }
  return pair
}
afterEach(async () => {
  for (const pair of open.splice(0)) await pair.remove()
})

describe('a batch of records', () => {
  it('is kept as it was hashed, in order, and the copy verifies to the same last hash as the journal', async () => {
    const { node, copies, copiesFile } = await pairOf(5)
    const sent = await all(node.journal)
    expect(await copies.take('node-1', batch(sent))).toEqual({
      outcome: 'taken',
      watermark: 5,
      hash: sent[4]?.hash,
      lastRevision: { storeId: 'store-1', revision: { epoch: 1, revision: 7 } },
    })
    expect(await verifyShippedFile(copiesFile)).toEqual({
      ok: true,
      nodes: [{ node: 'node-1', ok: true, records: 5, last_hash: sent[4]?.hash, segments: 1, missing: 0 }],
    })
    expect((await copies.find({ limit: 10 })).map(({ seq }) => seq)).toEqual([5, 4, 3, 2, 1])
  })

  it('may come again, whole or in part, and is kept once', async () => {
    const { node, copies, copiesFile } = await pairOf(4)
    const sent = await all(node.journal)
    await copies.take('node-1', batch(sent.slice(0, 3)))
    expect(await copies.take('node-1', batch(sent.slice(0, 2)))).toMatchObject({ outcome: 'taken', watermark: 3 })
    expect(await copies.take('node-1', batch(sent))).toMatchObject({ outcome: 'taken', watermark: 4 })
    expect(await verifyShippedFile(copiesFile)).toMatchObject({ ok: true, nodes: [{ records: 4 }] })
  })

  it('without records only asks where the copy ends, also after a restart of control', async () => {
    const pair = await pairOf(2)
    expect(await pair.copies.take('node-1', batch([]))).toMatchObject({ outcome: 'taken', watermark: 0, hash: '' })
    const sent = await all(pair.node.journal)
    await pair.copies.take('node-1', batch(sent))
    const again = await pair.reopenCopies()
    expect(await again.take('node-1', batch([], null))).toEqual({ outcome: 'taken', watermark: 2, hash: sent[1]?.hash })
  })

  it('that begins after the end of the copy is a gap, and nothing of it is kept', async () => {
    const { node, copies } = await pairOf(3)
    const sent = await all(node.journal)
    await copies.take('node-1', batch(sent.slice(0, 1)))
    expect(await copies.take('node-1', batch(sent.slice(2)))).toMatchObject({ outcome: 'gap', watermark: 1, hash: sent[0]?.hash })
    expect(await copies.find({ limit: 10 })).toHaveLength(1)
  })

  it('with a gap inside is refused whole', async () => {
    const { node, copies } = await pairOf(3)
    const sent = await all(node.journal)
    expect(await copies.take('node-1', batch(sent.filter(({ seq }) => seq !== 2)))).toMatchObject({ outcome: 'gap', watermark: 0 })
    expect(await copies.find({ limit: 10 })).toEqual([])
  })

  it('of a journal that was rolled back and went on differently has diverged, and replaces nothing', async () => {
    const { node, copies, copiesFile } = await pairOf(3)
    await copies.take('node-1', batch(await all(node.journal)))
    const other = await pairOf(4)
    const forged = await all(other.node.journal)
    expect(await copies.take('node-1', batch(forged))).toMatchObject({ outcome: 'diverged', watermark: 3 })
    expect(await copies.take('node-1', batch(forged.slice(3)))).toMatchObject({ outcome: 'diverged', watermark: 3 })
    expect(await verifyShippedFile(copiesFile)).toMatchObject({ ok: true, nodes: [{ records: 3 }] })
  })

  it.each([
    ['is not JSON', () => Buffer.from('{"records":[')],
    ['names a member twice', () => Buffer.from('{"records":[],"records":[],"last_revision":null}')],
    ['has another member', () => Buffer.from('{"records":[],"last_revision":null,"node":"x"}')],
    ['says nothing of the store', () => Buffer.from('{"records":[]}')],
    ['says of the store what is no revision', () => batch([], { ...MARK, revision: -1 })],
    ['holds too many records', () => batch(Array.from({ length: 513 }, () => ({ body: '{}', hash: '' })))],
    [
      'holds a record whose hash is another',
      (sent: readonly { body: string; hash: string }[]) => batch([{ body: sent[0]?.body ?? '', hash: sent[1]?.hash ?? '' }]),
    ],
  ])('that %s is malformed', async (_what, make) => {
    const { node, copies } = await pairOf(2)
    expect(await copies.take('node-1', make(await all(node.journal)))).toMatchObject({ outcome: 'malformed', watermark: 0 })
    expect(copies.reports().size).toBe(0)
  })

  it('may go back to when the node had another name, and says who sent it; from its own name on there is no other', async () => {
    const { node, copies, copiesFile } = await pairOf(2)
    const before = await all(node.journal)
    expect(await copies.take('node-2', batch(before))).toMatchObject({ outcome: 'taken', watermark: 2 })
    expect((await copies.find({ limit: 5 })).map(({ node: name, reported_by: by }) => [name, by])).toEqual([
      ['node-1', 'node-2'],
      ['node-1', 'node-2'],
    ])
    const named = async (name: string): Promise<readonly SealedRecord[]> => {
      await node.opened.at(-1)?.close()
      const journal = await openJournal({ file: node.file, node: name, clock: node.clock, reservedBytes: 0 })
      node.opened.push(journal)
      await journal.append(allow())
      return await all(journal, 2)
    }
    const own = await named('node-2')
    expect(await copies.take('node-2', batch(own))).toMatchObject({ outcome: 'taken', watermark: 3 })
    const foreign = (await named('node-1')).filter(({ seq }) => seq > 3)
    expect(await copies.take('node-2', batch(foreign))).toMatchObject({ outcome: 'diverged', problem: 'record 4 is of another node' })
    expect(await verifyShippedFile(copiesFile)).toMatchObject({ ok: true, nodes: [{ node: 'node-2', records: 3 }] })
  })

  it('is kept beside the same record from another node: nobody keeps another from reporting', async () => {
    const { node, copies, copiesFile } = await pairOf(2)
    const sent = batch(await all(node.journal))
    expect(await copies.take('node-2', sent)).toMatchObject({ outcome: 'taken' })
    expect(await copies.take('node-1', sent)).toMatchObject({ outcome: 'taken' })
    expect(await verifyShippedFile(copiesFile)).toMatchObject({ ok: true, nodes: [{ records: 2 }, { records: 2 }] })
  })

  it('is not taken while another of the same node is, nor beyond what may wait in all', async () => {
    const { node, copies } = await pairOf(1)
    const sent = batch(await all(node.journal))
    const [first, second] = await Promise.allSettled([copies.take('node-1', sent), copies.take('node-1', sent)])
    expect([first.status, second]).toMatchObject(['fulfilled', { reason: { dependency: 'audit', code: 'shipped_backlog' } }])
    const many = await Promise.allSettled(Array.from({ length: 9 }, (_, n) => copies.take(`node-${n}`, batch([]))))
    expect(many.filter(({ status }) => status === 'rejected')).toHaveLength(1)
  })

  it('gives way where space is short for what allows need; a report without records does not', async () => {
    const { node, copies } = await pairOf(1, { reservedBytes: 2 ** 50 })
    await expect(copies.take('node-1', batch(await all(node.journal)))).rejects.toMatchObject({ dependency: 'audit', code: 'shipped_full' })
    expect(await copies.take('node-1', batch([]))).toMatchObject({ outcome: 'taken' })
    expect(copies.reports().get('node-1')).toMatchObject({ lastRevision: { storeId: 'store-1' } })
  })
})

describe('a control that lost its copies', () => {
  it('begins anew while it runs, and says so with the next answer', async () => {
    const { node, copies, copiesFile } = await pairOf(2)
    const sent = await all(node.journal)
    await copies.take('node-1', batch(sent))
    for (const end of ['', '-wal', '-shm']) rmSync(`${copiesFile}${end}`, { force: true })
    await expect(copies.take('node-1', batch([]))).rejects.toMatchObject({ dependency: 'audit' })
    expect(await copies.take('node-1', batch([]))).toMatchObject({ outcome: 'taken', watermark: 0 })
    expect(await copies.take('node-1', batch(sent))).toMatchObject({ outcome: 'taken', watermark: 2 })
    expect(await verifyShippedFile(copiesFile)).toMatchObject({ ok: true, nodes: [{ records: 2 }] })
  })
})

describe('a node that lost its journal file', () => {
  it('goes on in a segment, and the copy is whole where the file is not', async () => {
    const { node, copies, copiesFile } = await pairOf(3)
    await copies.take('node-1', batch(await all(node.journal)))
    for (const end of ['', '-wal', '-shm']) rmSync(`${node.file}${end}`, { force: true })
    await node.journal.append(denial()).catch(() => undefined)
    node.clock.advance(1000)
    await node.journal.append(allow())
    const after = await all(node.journal, 3)
    expect(after[0]?.seq).toBe(4)
    expect(await copies.take('node-1', batch(after))).toMatchObject({ outcome: 'taken' })
    expect(await verifyShippedFile(copiesFile)).toMatchObject({ ok: true, nodes: [{ missing: 0, segments: 2 }] })
  })

  it('before everything was sent has records missing, and they are counted', async () => {
    const { node, copies, copiesFile } = await pairOf(3)
    await copies.take('node-1', batch((await all(node.journal)).slice(0, 1)))
    renameSync(node.file, `${node.file}.lost`)
    await node.journal.append(denial()).catch(() => undefined)
    node.clock.advance(1000)
    await node.journal.append(allow())
    expect(await copies.take('node-1', batch(await all(node.journal, 1)))).toMatchObject({ outcome: 'taken' })
    expect(await verifyShippedFile(copiesFile)).toMatchObject({ ok: true, nodes: [{ missing: 2 }] })
  })
})

describe('copies', () => {
  it('are found by what they are about, newest first, in pages, from all nodes', async () => {
    const { node, copies } = await pairOf(0)
    const [one, two] = [newDecisionId(1), newDecisionId(2)]
    await node.journal.append(allow({ decision_id: one }))
    node.clock.advance(5)
    await node.journal.append(denial({ decision_id: two, resource: 'crm' }))
    await copies.take('node-1', batch(await all(node.journal)))
    expect((await copies.find({ resource: 'crm', limit: 5 })).map(({ decision_id }) => decision_id)).toEqual([two])
    const [newest] = await copies.find({ limit: 1 })
    expect(newest?.decision_id).toBe(two)
    expect((await copies.find({ limit: 5, before_id: newest?.id ?? '' })).map(({ decision_id }) => decision_id)).toEqual([one])
    expect((await copies.decision(one)).map(({ effect }) => effect)).toEqual(['allow'])
  })

  it('are final unless their own node took them back', async () => {
    const { node, copies } = await pairOf(0)
    const [one, two] = [newDecisionId(1), newDecisionId(2)]
    await node.journal.append(allow({ decision_id: one }))
    node.clock.advance(5)
    const { id } = await node.journal.append(allow({ decision_id: two }))
    await node.journal.append(denial({ decision_id: two, supersedes: id }))
    await copies.take('node-1', batch(await all(node.journal)))
    const other = await pairOf(0)
    await other.node.journal.append(denial({ decision_id: one }))
    await copies.take('node-2', batch(await all(other.node.journal)))
    expect((await copies.find({ effect: 'allow', limit: 5 })).map(({ decision_id }) => decision_id)).toEqual([two, one])
    expect((await copies.find({ effect: 'allow', final: true, limit: 5 })).map(({ decision_id }) => decision_id)).toEqual([one])
  })

  it('are told to who follows once they are durable', async () => {
    const { node, copies } = await pairOf(2)
    const seen: number[] = []
    const { promise, resolve } = Promise.withResolvers<void>()
    copies.onRecord(({ seq }) => {
      seen.push(seq)
      if (seen.length === 2) resolve()
    })
    await copies.take('node-1', batch(await all(node.journal)))
    await promise
    expect(seen).toEqual([1, 2])
  })

  it.each([
    ['a record was changed', "UPDATE record SET body = replace(body, 'payments', 'paymentz') WHERE seq = 2"],
    ['a record was taken out', 'DELETE FROM record WHERE seq = 2'],
    ['the last record was taken out', 'DELETE FROM record WHERE seq = 3'],
    ['a record was given to another node', "UPDATE record SET node = 'node-2' WHERE seq = 3"],
  ])('do not verify when %s', async (_what, sql) => {
    const pair = await pairOf(3)
    await pair.copies.take('node-1', batch(await all(pair.node.journal)))
    await pair.copies.close()
    const db = new DatabaseSync(pair.copiesFile)
    db.exec(sql)
    db.close()
    expect(await verifyShippedFile(pair.copiesFile)).toMatchObject({ ok: false })
  })
})

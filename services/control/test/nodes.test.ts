// Nodes report to control: who may, what it does to the revoke answer, and what people see of it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openJournal } from '@bailiwick/audit'
import type { AuditEntry, Journal } from '@bailiwick/audit'
import { Fault, newDecisionId, newRevocationId, nowSeconds } from '@bailiwick/core'
import { silentLog } from '@bailiwick/kit/silent-log'
import type { TestClient } from '@bailiwick/kit/test-clients'
import { awaitedByNode } from '../src/index.ts'
import { bearer, delegate, ISSUER, JWT_BEARER, startControlApp } from './control-app.ts'
import type { Body, ControlApp } from './control-app.ts'

let app: ControlApp
let folder: string
let journal: Journal
beforeAll(async () => {
  app = await startControlApp()
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-node-'))
  journal = await openJournal({ file: join(folder, 'audit.db'), node: 'edge-1', clock: app.clock, reservedBytes: 0 })
})
afterAll(async () => {
  await journal.close()
  await app.close()
  rmSync(folder, { recursive: true, force: true })
})

async function proof(client: TestClient): Promise<Record<string, string>> {
  const assertion = await client.assertion({ aud: ISSUER, now: nowSeconds(app.clock) })
  return { 'client-assertion': assertion, 'client-assertion-type': JWT_BEARER }
}

async function report(body: unknown, headers?: Record<string, string>, id = 'edge-1'): Promise<{ status: number; body: Body }> {
  return await app.post(`/v1/nodes/${id}/journal`, body, headers ?? (await proof(app.node)))
}

async function storeMark(): Promise<object> {
  const { storeId, revision } = await app.store.health()
  return { store_id: storeId, ...revision }
}

async function recordsAfter(seq: number): Promise<readonly object[]> {
  return (await journal.recordsAfter(seq, { maxRecords: 100, maxChars: 1e6 })).map(({ body, hash }) => ({ body, hash }))
}

function decision(change: Partial<AuditEntry> = {}): AuditEntry {
  return {
    kind: 'decision',
    decision_id: newDecisionId(app.clock.nowMs()),
    effect: 'allow',
    plane: 'gateways',
    door: 'ext_authz',
    resource: 'payments',
    ...change,
  }
}

describe('a report', () => {
  it('is answered with the end of the copy, and asks nobody else', async () => {
    const asked = app.decider.questions.length
    expect(await report({ records: [], last_revision: null })).toEqual({ status: 200, body: { outcome: 'taken', watermark: 0, hash: '' } })
    expect(app.decider.questions.length).toBe(asked)
  })

  it.each([
    ['nobody', async () => ({})],
    ['an operator', async () => bearer(app.operatorToken)],
    ['an agent', () => proof(app.agent)],
    ['a launcher', () => proof(app.portal)],
    ['a node beside an operator token', async () => ({ ...(await proof(app.node)), ...bearer(app.operatorToken) })],
  ])('of %s is refused, counted, and its body is not looked at', async (_who, credential) => {
    const refusals = app.journal.refusals.length
    const { status, body } = await report('not JSON', await credential())
    expect([status, body['reason']]).toEqual([401, 'client_unauthenticated'])
    expect(app.journal.refusals.slice(refusals)).toMatchObject([{ kind: 'refusals', door: 'nodes', reason: 'client_unauthenticated' }])
  })

  it('of one node in the name of another is refused', async () => {
    expect(await report({ records: [], last_revision: null }, undefined, 'edge-2')).toMatchObject({ status: 401 })
  })

  it('is not a way into the rest of control', async () => {
    const headers = await proof(app.node)
    expect(await app.get('/v1/tasks', headers)).toMatchObject({ status: 401 })
    expect(await app.post('/v1/tasks', { ...(await app.credential(app.node)), agent: 'refund-agent' })).toMatchObject({ status: 401 })
  })

  it('cannot be sent twice with one assertion', async () => {
    const headers = await proof(app.node)
    expect(await report({ records: [], last_revision: null }, headers)).toMatchObject({ status: 200 })
    expect(await report({ records: [], last_revision: null }, headers)).toMatchObject({ status: 401 })
  })

  it.each([
    ['is not JSON', '{', 400],
    ['lacks the revision', { records: [] }, 400],
    ['is too large', `"${'x'.repeat(2 * 1024 * 1024)}"`, 413],
  ])('that %s is refused', async (_what, body, status) => {
    expect(await report(body)).toMatchObject({ status })
  })
})

describe('records of a node', () => {
  it('are in the list of decisions beside our own, newest first, page by page, and found by decision', async () => {
    await app.journal.append(decision({ resource: 'crm' }))
    app.clock.advance(10)
    const theirs = decision()
    await journal.append(theirs)
    app.clock.advance(10)
    await app.journal.append(decision({ resource: 'crm' }))
    expect(await report({ records: await recordsAfter(0), last_revision: null })).toMatchObject({ status: 200, body: { watermark: 1 } })
    const seen: [string, string][] = []
    let cursor = ''
    for (let page = 0; page < 3; page++) {
      const { body } = await app.get(`/v1/decisions?kind=decision&limit=1${cursor}`, bearer(app.operatorToken))
      for (const record of body['items']) seen.push([record.node, record.resource])
      cursor = `&cursor=${body['next_cursor']}`
    }
    expect(seen).toEqual([
      ['node-test', 'crm'],
      ['edge-1', 'payments'],
      ['node-test', 'crm'],
    ])
    expect((await app.get(`/v1/decisions/${theirs.decision_id}`, bearer(app.operatorToken))).body['items']).toMatchObject([
      { node: 'edge-1', reported_by: 'edge-1', effect: 'allow' },
    ])
  })

  it.each(['0', '1.', '-1', '1.x', '01'])('are not paged by the cursor %s', async (cursor) => {
    expect(await app.get(`/v1/decisions?cursor=${cursor}`, bearer(app.operatorToken))).toMatchObject({ status: 400 })
  })

  it('that contradict the copy are a conflict, and say where it ends', async () => {
    await journal.append(decision())
    const [, second] = await recordsAfter(0)
    const elsewhere = await openJournal({ file: join(folder, 'other.db'), node: 'edge-1', clock: app.clock, reservedBytes: 0 })
    try {
      await elsewhere.append(decision())
      const forged = (await elsewhere.recordsAfter(0, { maxRecords: 1, maxChars: 1e6 })).map(({ body, hash }) => ({ body, hash }))
      expect(await report({ records: forged, last_revision: null })).toMatchObject({ status: 409, body: { outcome: 'diverged', watermark: 1 } })
    } finally {
      await elsewhere.close()
    }
    expect(await report({ records: [second], last_revision: null })).toMatchObject({ status: 200, body: { watermark: 2 } })
  })
})

describe('the nodes of a revocation', () => {
  const edgeIn = (body: Body): Body => body['nodes'].find(({ id }: Body) => id === 'edge-1')
  const revoked = async (): Promise<string> => {
    const { task } = (await delegate(app)).body
    const { body } = await app.post('/v1/revocations', { scope: { kind: 'task', id: task.id }, reason: 'test' }, bearer(app.operatorToken))
    return body['id']
  }
  const read = async (id: string): Promise<Body> => (await app.get(`/v1/revocations/${id}`, bearer(app.operatorToken))).body

  it('confirm when they have read the same store at its revision', async () => {
    await report({ records: [], last_revision: await storeMark() })
    const id = await revoked()
    expect(edgeIn(await read(id))).toMatchObject({ confirmed: false, last_seen_ms: app.clock.nowMs() })
    await report({ records: [], last_revision: await storeMark() })
    const after = await read(id)
    expect(edgeIn(after)).toMatchObject({ confirmed: true, last_revision: { epoch: 1 } })
    expect(after['nodes']).toMatchObject([{ id: 'node-1', confirmed: true }, { id: 'edge-1' }])
  })

  it('are awaited until they have read the same store that far, whoever recorded the revocation', async () => {
    const awaited = (): ReturnType<typeof awaitedByNode> => awaitedByNode({ ...app, nodeId: 'node-1', log: silentLog().log })
    await report({ records: [], last_revision: await storeMark() })
    expect(await awaited()).toEqual(new Map([['edge-1', 0]]))
    await revoked()
    const act = { id: newRevocationId(app.clock.nowMs()), scope: { kind: 'user', id: 'corp:bob' }, reason: 'test', hold: false } as const
    await app.store.revoke({ ...act, setBy: 'elsewhere', atMs: app.clock.nowMs() })
    expect(await awaited()).toEqual(new Map([['edge-1', 2]]))
    await report({ records: [], last_revision: { store_id: 'elsewhere', epoch: 99, revision: 99 } })
    expect(await awaited()).toEqual(new Map([['edge-1', (await app.store.listRevocations({ limit: 100 })).items.length]]))
    await report({ records: [], last_revision: await storeMark() })
    expect(await awaited()).toEqual(new Map([['edge-1', 0]]))
    const store = { ...app.store, health: () => Promise.reject(new Fault('state', 'store_timeout', 'late')) }
    expect(await awaitedByNode({ ...app, store, nodeId: 'node-1', log: silentLog().log })).toEqual(new Map())
  })

  it('do not confirm by the revision of another store, however high, nor by saying nothing', async () => {
    const id = await revoked()
    await report({ records: [], last_revision: { store_id: 'elsewhere', epoch: 99, revision: 99 } })
    expect(edgeIn(await read(id))).toMatchObject({ confirmed: false, last_revision: null })
    await report({ records: [], last_revision: null })
    expect(edgeIn(await read(id))).toMatchObject({ confirmed: false, last_revision: null, last_seen_ms: app.clock.nowMs() })
  })
})

// Calls with tokens bound to a key, through real doors, on both stores: the proof is right in every part and used once, or the call is denied. Reason, wire
// and audit record of each.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create } from '@bufbuild/protobuf'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { Fault } from '@bailiwick/core'
import type { Task } from '@bailiwick/core'
import { testClock } from '@bailiwick/kit/clock'
import { makeDpopKey } from '@bailiwick/kit/dpop-key'
import type { DpopKey, ProofOptions } from '@bailiwick/kit/dpop-key'
import { startRedis } from '@bailiwick/kit/redis-server'
import { testGatewaySecret } from '@bailiwick/kit/test-config'
import { memoryLedger, openTestStore } from '@bailiwick/kit/test-store'
import { withRedis } from '@bailiwick/kit/with-redis'
import { openRedisTaskStore } from '@bailiwick/task-state'
import type { TaskStore } from '@bailiwick/task-state'
import { McpRequestSchema, extMcpService } from '@bailiwick/wire'
import { NOW_SECONDS } from '../fixtures.ts'
import { askUnary } from './ask-unary.ts'
import { REFUND, mcpBody, startService } from './running.ts'
import type { Answer, AskOptions, Running } from './running.ts'

const URI = 'https://payments.example.com/mcp'
let key: DpopKey
let other: DpopKey

beforeAll(async () => {
  key = await makeDpopKey()
  other = await makeDpopKey()
})

/** agentgateway: one question about the HTTP request, one about the message in it. */
const GATEWAYS = [
  {
    name: 'agents',
    doors: ['ext_mcp'],
    resources: ['payments', 'tickets'],
    resource_from: 'service_name',
    service_names: { payments: 'payments', tickets: 'tickets' },
    authentication: 'shared_secret',
    secret_files: ['./agents.key'],
  },
]

/** A node and what a test asks it. */
function asking(running: () => Running) {
  return {
    /** One call at ext_authz, with the token under the scheme `DPoP`. */
    call: (token: string, proof: string | undefined, options: AskOptions = {}): Promise<Answer> =>
      running().check({ ...options, headers: { authorization: `DPoP ${token}`, ...(proof === undefined ? {} : { dpop: proof }), ...options.headers } }),
    /** The same call, as agentgateway puts it to ext_mcp: its reason, or undefined for a pass. */
    message: async (token: string, proof: string): Promise<string | undefined> => {
      const headers = Object.entries({ authorization: `DPoP ${token}`, dpop: proof, 'mcp-protocol-version': '2025-06-18' })
      const request = create(McpRequestSchema, {
        serviceNames: ['payments'],
        method: 'tools/call',
        mcpRequest: Buffer.from(JSON.stringify({ name: 'refund_issue', arguments: { ticket_id: 'T-1042', amount_cents: 4000 } })),
        headers: headers.map(([name, value]) => ({ key: name, value: Buffer.from(value) })),
      })
      const { result } = await askUnary(running().address, extMcpService.checkRequest, request, testGatewaySecret('agents'))
      if (result.case !== 'error') return undefined
      const said: { reason?: string } = JSON.parse(Buffer.from(result.value.mcpError ?? []).toString())
      return said.reason
    },
  }
}

const proofFor = (token: string, change: Partial<ProofOptions> = {}, by = key): Promise<string> => by.proof({ htu: URI, token, now: NOW_SECONDS, ...change })
const bound = (running: Running, task: Task, cnf: { jkt?: string; 'x5t#S256'?: string } = { jkt: key.jkt }): Promise<string> => running.tokenFor(task, { cnf })

/** Reason, wire and record of a denial at ext_authz. */
function expectDenied(running: Running, answer: Answer, reason: string, detail?: string): void {
  expect({ kind: answer.kind, status: answer.status, reason: answer.metadata['reason'] }).toEqual({ kind: 'denied', status: 401, reason })
  const record = running.journal.records.findLast(({ decision_id: id }) => id === answer.metadata['decision_id'])
  expect(record).toMatchObject({ effect: 'deny', reason, ...(detail === undefined ? {} : { detail }) })
}

interface Shared {
  readonly store: TaskStore
  /** The same store, as another node has it. */
  readonly again: TaskStore
  close(): Promise<void>
}

function describeOn(open: () => Promise<Shared>): void {
  let shared: Shared
  let folder: string
  let here: Running
  let there: Running
  let task: Task
  const { call, message } = asking(() => here)
  const elsewhere = asking(() => there)

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bailiwick-possession-'))
    shared = await open()
    const patch = { gateways: GATEWAYS, resources: [{ name: 'payments', proof: 'dpop', final_door: 'ext_authz' }] }
    here = await startService(patch, undefined, { store: shared.store, keys: join(folder, 'keys') })
    there = await startService(patch, undefined, { store: shared.again, keys: join(folder, 'keys') })
    task = await here.makeTask()
  })
  afterAll(async () => {
    await here.close()
    await there.close()
    await shared.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('allows a call with its proof, tells the policy, records it, and lets neither token nor proof go on', async () => {
    const token = await bound(here, task)
    const answer = await call(token, await proofFor(token))
    expect(answer.kind).toBe('ok')
    expect(answer.remove).toEqual(expect.arrayContaining(['authorization', 'dpop']))
    expect(here.decider.questions.at(-1)?.principal.attr['token']).toMatchObject({ proof: 'dpop' })
    const record = here.journal.records.findLast(({ decision_id: id }) => id === answer.metadata['decision_id'])
    expect(record).toMatchObject({ effect: 'allow', token: { proof: 'dpop' } })
    expect(JSON.stringify(record)).not.toContain(key.jkt)
  })

  it('denies the second use of a proof, on this node and on another, and takes back what was recorded', async () => {
    const token = await bound(here, task)
    const proof = await proofFor(token)
    expect((await call(token, proof)).kind).toBe('ok')
    expectDenied(here, await call(token, proof), 'proof_invalid', 'replayed')
    expect(here.journal.records.at(-1)?.supersedes).toBeDefined()
    expectDenied(there, await elsewhere.call(token, proof), 'proof_invalid', 'replayed')
  })

  it('lets exactly one of sixteen calls at once use a proof', async () => {
    const token = await bound(here, task)
    const proof = await proofFor(token)
    const answers = await Promise.all(Array.from({ length: 16 }, (_, at) => (at % 2 === 0 ? call(token, proof) : elsewhere.call(token, proof))))
    expect(answers.filter(({ kind }) => kind === 'ok')).toHaveLength(1)
    for (const { metadata } of answers.filter(({ kind }) => kind !== 'ok')) expect(metadata['reason']).toBe('proof_invalid')
  })

  it('spends once for the two doors that judge one call, and denies the replay at either', async () => {
    const token = await bound(here, task)
    const proof = await proofFor(token)
    expect((await call(token, proof)).kind).toBe('ok')
    expect(await message(token, proof)).toBeUndefined()
    expectDenied(here, await call(token, proof), 'proof_invalid', 'replayed')
  })
}

describe('on the embedded store', () => {
  describeOn(async () => {
    const opened = await openTestStore({ clock: testClock() })
    return { store: opened.store, again: opened.store, close: () => opened.close() }
  })
})

await withRedis('on a Redis store', (program) => {
  describeOn(async () => {
    const server = await startRedis(program)
    const controls = ['node-1', 'node-2']
    const node = (nodeId: string): Promise<TaskStore> =>
      openRedisTaskStore({ url: server.url, ledger: memoryLedger(), clock: testClock(), nodeId, controls, readWithinMs: 400, confirmWithinMs: 400 })
    const store = await node('node-1')
    const again = await node('node-2')
    // Neither answers before both have put back what they had.
    for (const each of [store, again]) await vi.waitFor(() => each.health(), { timeout: 10_000 })
    return {
      store,
      again,
      close: async () => {
        await store.close()
        await again.close()
        await server.close()
      },
    }
  })
})

describe('at two gateways, one behind the other', () => {
  const OUTER = {
    doors: ['ext_authz'],
    resources: ['payments'],
    resource_from: 'context_extension',
    authentication: 'shared_secret',
    secret_files: ['./outer.key'],
  }
  const outer = testGatewaySecret('outer')
  let running: Running
  let token: string
  const { call } = asking(() => running)
  async function start(followedBy: object): Promise<void> {
    running = await startService({ gateways: [{ name: 'outer', ...OUTER, ...followedBy }] })
    token = await bound(running, await running.makeTask())
  }
  afterEach(() => running.close())

  it('the one behind spends the proof, and gets it with the token', async () => {
    await start({ followed_by: 'edge' })
    const proof = await proofFor(token)
    const first = await call(token, proof, { key: outer })
    expect(first.kind).toBe('ok')
    expect(first.remove).not.toEqual(expect.arrayContaining(['authorization']))
    expect(first.remove).not.toEqual(expect.arrayContaining(['dpop']))
    const second = await call(token, proof)
    expect(second.kind).toBe('ok')
    expect(second.remove).toEqual(expect.arrayContaining(['authorization', 'dpop']))
    // Shown again it passes the one in front, and ends at the one behind.
    expect((await call(token, proof, { key: outer })).kind).toBe('ok')
    expectDenied(running, await call(token, proof), 'proof_invalid', 'replayed')
  })

  it('the one in front verifies it all the same', async () => {
    await start({ followed_by: 'edge' })
    expectDenied(running, await call(token, await proofFor(token, { htm: 'GET' }), { key: outer }), 'proof_invalid', 'htm_differs')
    expectDenied(running, await call(token, undefined, { key: outer }), 'proof_missing')
  })

  it('each spends where nobody said that one follows the other: the call is denied, and no proof counts twice', async () => {
    await start({})
    const proof = await proofFor(token)
    expect((await call(token, proof, { key: outer })).kind).toBe('ok')
    expectDenied(running, await call(token, proof), 'proof_invalid', 'replayed')
  })
})

describe('at ext_authz', () => {
  let running: Running
  let task: Task
  let token: string
  const { call, message } = asking(() => running)

  beforeAll(async () => {
    running = await startService({
      gateways: GATEWAYS,
      resources: [
        { name: 'payments', final_door: 'ext_mcp' },
        { name: 'tickets', proof: 'dpop', final_door: 'ext_authz' },
        { name: 'crm', mode: 'shadow' },
        { name: 'payroll', proof: 'any' },
      ],
    })
    task = await running.makeTask({ resources: running.config.gateways[0]?.resources ?? [] })
    token = await bound(running, task)
  })
  afterAll(() => running.close())

  it.each<[string, () => Partial<ProofOptions>, string]>([
    ['for another method', () => ({ htm: 'GET' }), 'htm_differs'],
    ['for the same path of another host', () => ({ htu: 'https://crm.example.com/mcp' }), 'htu_differs'],
    ['for another path of the resource', () => ({ htu: `${URI}/other` }), 'htu_differs'],
    ['for another port', () => ({ htu: 'https://payments.example.com:8443/mcp' }), 'htu_differs'],
    ['for the path in other letters', () => ({ htu: 'https://payments.example.com/MCP' }), 'htu_differs'],
    ['for plain http', () => ({ htu: 'http://payments.example.com/mcp' }), 'htu_differs'],
    ['for another token', () => ({ token: 'another.token.x' }), 'ath_differs'],
    ['without the token’s hash', () => ({ token: undefined }), 'ath_differs'],
    ['that is too old', () => ({ iat: NOW_SECONDS - 61 }), 'too_old'],
    ['of the future', () => ({ iat: NOW_SECONDS + 11 }), 'from_the_future'],
    ['with a private key in it', () => ({ header: { jwk: key.privateJwk } }), 'private_key'],
  ])('denies a proof %s', async (_name, change, detail) => {
    const answer = await call(token, await proofFor(token, change()))
    expectDenied(running, answer, 'proof_invalid', detail)
    expect(answer.headers['www-authenticate']).toMatch(/^DPoP .*error="invalid_dpop_proof", algs="ES256 /)
    // JSON-RPC with the id of the call it answers.
    expect(JSON.parse(answer.body)).toMatchObject({ id: 1, error: { data: { reason: 'proof_invalid' } } })
  })

  it('takes the host of a proof from the resource, whatever the request says its host is', async () => {
    const forged = await call(token, await proofFor(token, { htu: 'https://evil.example/mcp' }), {
      headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example', ':authority': 'evil.example' },
      http: { host: 'evil.example', scheme: 'https' },
    })
    expectDenied(running, forged, 'proof_invalid', 'htu_differs')
  })

  it('leaves the query out of what is compared', async () => {
    expect((await call(token, await proofFor(token), { http: { path: '/mcp?session=1' } })).kind).toBe('ok')
  })

  it('denies the proof of another key, two proofs, and none', async () => {
    expectDenied(running, await call(token, await proofFor(token, {}, other)), 'proof_invalid', 'another_key')
    expectDenied(running, await call(token, `${await proofFor(token)},${await proofFor(token)}`), 'proof_invalid')
    expectDenied(running, await call(token, undefined), 'proof_missing', 'no_proof')
    const raw = [await proofFor(token), await proofFor(token)].map((proof) => ({ key: 'dpop', rawValue: Buffer.from(proof) }))
    const twice = await running.check({ http: { headers: {}, headerMap: { headers: [...raw, ...headersFor(`DPoP ${token}`)] } } })
    expectDenied(running, twice, 'proof_invalid', 'repeated')
  })

  it('denies a bound token that is shown like any bearer, with or without its proof', async () => {
    const asBearer = { authorization: `Bearer ${token}` }
    expectDenied(running, await call(token, await proofFor(token), { headers: asBearer }), 'proof_invalid', 'bearer_scheme')
    expectDenied(running, await call(token, undefined, { headers: asBearer }), 'proof_missing')
  })

  it('denies an unbound token that is shown as if it were bound', async () => {
    const unbound = await running.tokenFor(task)
    expectDenied(running, await call(unbound, await proofFor(unbound)), 'token_invalid', 'dpop_scheme_for_an_unbound_token')
  })

  it('denies an unbound token where the resource takes bound ones only, also in shadow mode of others', async () => {
    for (const [resource, aud] of [
      ['tickets', 'https://tickets.example.com/mcp'],
      ['payroll', 'https://payroll.example.com/mcp'],
    ] as const) {
      expectDenied(running, await running.check({ resource, token: await running.tokenFor(task, { aud }) }), 'proof_missing', 'token_not_bound')
    }
  })

  it('asks the store nothing for a token that is not bound', async () => {
    const consumeOnce = running.store.consumeOnce.bind(running.store)
    running.store.consumeOnce = () => Promise.reject(new Error('nothing is to be spent'))
    try {
      expect((await running.check({ token: await running.tokenFor(task) })).kind).toBe('ok')
    } finally {
      running.store.consumeOnce = consumeOnce
    }
  })

  it('denies when nobody knows whether the proof was used, and takes back the allow', async () => {
    const consumeOnce = running.store.consumeOnce.bind(running.store)
    running.store.consumeOnce = () => Promise.reject(new Fault('state', 'store_unconfirmed', 'x'))
    try {
      const payroll = await running.tokenFor(task, { aud: 'https://payroll.example.com/mcp', cnf: { jkt: key.jkt } })
      const answer = await call(payroll, await proofFor(payroll, { htu: 'https://payroll.example.com/mcp' }), { resource: 'payroll' })
      expect(answer.metadata['reason']).toBe('state_unavailable')
      expect(running.journal.records.at(-1)).toMatchObject({ effect: 'deny', reason: 'state_unavailable', supersedes: expect.any(String) })
    } finally {
      running.store.consumeOnce = consumeOnce
    }
  })

  it('leaves the proof to the final door, which spends it', async () => {
    const proof = await proofFor(token)
    expect((await call(token, proof)).kind).toBe('ok')
    expect((await call(token, proof)).kind).toBe('ok')
    expect(await message(token, proof)).toBeUndefined()
    expect(await message(token, proof)).toBe('proof_invalid')
  })

  it('spends here what never reaches the final door', async () => {
    for (const http of [{ method: 'GET', rawBody: new Uint8Array(), size: 0n }, { rawBody: Buffer.from(mcpBody('resources/subscribe', { uri: 'a://b' })) }]) {
      const proof = await proofFor(token, { htm: http.method ?? 'POST' })
      const first = await call(token, proof, { http })
      expect(first.metadata['reason']).not.toBe('proof_invalid')
      if (first.kind === 'ok') expectDenied(running, await call(token, proof, { http }), 'proof_invalid', 'replayed')
    }
  })

  it('verifies and spends nothing in shadow mode', async () => {
    const crm = await running.tokenFor(task, { aud: 'https://crm.example.com/mcp', cnf: { jkt: key.jkt } })
    const proof = await proofFor(crm, { htu: 'https://crm.example.com/mcp' })
    const options = { resource: 'crm', http: { rawBody: Buffer.from(REFUND), size: BigInt(REFUND.length) } }
    expect((await call(crm, proof, options)).kind).toBe('ok')
    expect((await call(crm, proof, options)).kind).toBe('ok')
    expectDenied(running, await call(crm, await proofFor(crm), options), 'proof_invalid', 'htu_differs')
  })
})

function headersFor(authorization: string): { key: string; rawValue: Buffer }[] {
  const headers = { authorization, 'content-type': 'application/json', 'mcp-protocol-version': '2025-06-18', 'x-envoy-auth-partial-body': 'false' }
  return Object.entries(headers).map(([name, value]) => ({ key: name, rawValue: Buffer.from(value) }))
}

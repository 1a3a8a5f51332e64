// Every scope through the whole product, on both stores: gateway decisions, exchange, batch, introspection and new tasks see it, on every node, and only
// another operator lets new work start again.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openOperatorRegistry } from '@bailiwick/control'
import { systemClock } from '@bailiwick/core'
import { startRedis } from '@bailiwick/kit/redis-server'
import { makeTestClient, makeTestTrustDomain } from '@bailiwick/kit/test-clients'
import type { TestClient } from '@bailiwick/kit/test-clients'
import { withRedis } from '@bailiwick/kit/with-redis'
import { openTriageHouse } from './triage-house.ts'
import type { Answer, TriageHouse } from './triage-house.ts'

const TRIAGE = 'spiffe://example.org/agent/triage'
const ISSUER = 'http://127.0.0.1:8420'
const LIMITS = { decision: '5s', exchange: '10s' }

interface Nodes {
  readonly all: readonly [TriageHouse, ...TriageHouse[]]
  close(): Promise<void>
}

function scopesOn(open: (server: TestClient) => Promise<Nodes>): void {
  let nodes: Nodes
  let server: TestClient
  let second: string
  beforeAll(async () => {
    server = await makeTestClient('payments-server')
    nodes = await open(server)
    const registry = openOperatorRegistry({ directory: nodes.all[0].running.dataDirectory, clock: systemClock })
    second = registry.add('second', ['lift', 'read'], 'first-start')
  })
  afterAll(() => nodes.close())

  const introspect = async (house: TriageHouse, token: string): Promise<Answer> =>
    await house.form('/oauth2/introspect', {
      token,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await server.assertion({ aud: ISSUER, now: Math.floor(Date.now() / 1000) }),
    })

  it.each([
    ['task', (taskId: string) => taskId],
    ['agent', () => TRIAGE],
    ['user', () => TRIAGE],
    ['client', () => 'triage-agent'],
    ['workload', () => 'spiffe://example.org/agent'],
    ['resource', () => 'tickets'],
    ['everything', () => '*'],
    // Last: whatever is signed with it from now on is denied too.
    ['key', (_: string, kid: string) => kid],
  ] as const)('%s', { timeout: 60_000 }, async (kind, idOf) => {
    const [first] = nodes.all
    const last = nodes.all.at(-1) ?? first
    const { taskId, tokens } = await first.boot()
    const token = tokens.get('tickets') ?? ''
    expect(await introspect(first, token)).toMatchObject({ body: { active: true } })
    for (const house of nodes.all) expect((await house.decide('tickets', token, 'ticket_get')).body).toMatchObject({ effect: 'allow' })

    const scope = { kind, id: idOf(taskId, kidOf(token)) }
    const counted = await last.operate('/v1/revocations', { scope, reason: 'test', dry_run: true })
    expect(counted).toMatchObject({ status: 200, body: { dry_run: true, affected: { tasks: kind === 'key' ? 0 : expect.any(Number) } } })
    expect((await first.decide('tickets', token, 'ticket_get')).body).toMatchObject({ effect: 'allow' })

    const hold = kind !== 'key'
    const revoked = await last.operate('/v1/revocations', { scope, reason: 'test', hold })
    expect(revoked).toMatchObject({ status: 200, body: { status: 'confirmed', hold } })
    const reason = kind === 'task' ? 'task_revoked' : 'cut_off'
    for (const house of nodes.all) {
      expect((await house.decide('tickets', token, 'ticket_get')).body).toMatchObject({ effect: 'deny', reason })
      expect(await introspect(house, token)).toMatchObject({ body: { active: false } })
      // A key ends its tokens, not the task.
      if (kind === 'key') continue
      expect((await house.exchange(taskId, 'tickets')).body).toMatchObject({ reason })
      await expect(house.boot()).rejects.toThrow(/held/)
    }
    if (!hold) return
    const path = `/v1/revocations/${String(revoked.body['id'])}/lift`
    expect((await first.operate(path, {})).body).toMatchObject({ reason: 'policy_denied' })
    expect((await first.operate(path, {}, second)).body).toMatchObject({ status: 'confirmed', lifted_by: 'operator:second' })
    for (const house of nodes.all) {
      expect((await house.decide('tickets', token, 'ticket_get')).body).toMatchObject({ effect: 'deny', reason })
      expect((await house.boot()).tokens.get('tickets')).toBeDefined()
    }
  })
}

function kidOf(token: string): string {
  return /"kid":"([^"]+)"/.exec(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())?.[1] ?? ''
}

const settingsOf = (server: TestClient): { readonly [setting: string]: unknown } => ({
  clients: [{ id: 'payments-server', resource: 'tickets', jwks: server.jwks }],
  limits: LIMITS,
})

describe('every scope, embedded store', () => {
  scopesOn(async (server) => {
    const house = await openTriageHouse({ issuer: ISSUER, settings: settingsOf(server) })
    return { all: [house], close: () => house.close() }
  })
})

await withRedis('every scope, two nodes on one Redis', (program) => {
  scopesOn(async (server) => {
    const redis = await startRedis(program)
    const directory = mkdtempSync(join(tmpdir(), 'bailiwick-keys-'))
    const domain = await makeTestTrustDomain('example.org')
    const store = { url: redis.url, controls: ['node-1', 'node-2'], read_timeout: '900ms' }
    const node = (id: string): Promise<TriageHouse> =>
      openTriageHouse({ issuer: ISSUER, domain, settings: { ...settingsOf(server), node: { id }, keys: { directory }, store } })
    const one = await node('node-1')
    const two = await node('node-2')
    for (let tries = 0; tries < 200 && (await one.running.ready()).length + (await two.running.ready()).length > 0; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 100))
    return {
      all: [one, two],
      async close() {
        await Promise.all([one.close(), two.close()])
        await redis.close()
        rmSync(directory, { recursive: true, force: true })
      },
    }
  })
})

// The real control service on a free port, with a real store and key ring, a scripted PDP and journal, and one of each kind of caller.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import { openShippedRecords } from '@bailiwick/audit'
import type { ShippedRecords } from '@bailiwick/audit'
import { deny, nowSeconds } from '@bailiwick/core'
import type { Clock } from '@bailiwick/core'
import { fakeDecider } from '@bailiwick/kit/fake-decider'
import type { FakeDecider } from '@bailiwick/kit/fake-decider'
import { fakeEnricher } from '@bailiwick/kit/fake-enricher'
import type { FakeEnricher } from '@bailiwick/kit/fake-enricher'
import { fakeJournal } from '@bailiwick/kit/fake-journal'
import type { FakeJournal } from '@bailiwick/kit/fake-journal'
import { silentLog } from '@bailiwick/kit/silent-log'
import { makeTestClient } from '@bailiwick/kit/test-clients'
import type { TestClient } from '@bailiwick/kit/test-clients'
import { testClock } from '@bailiwick/kit/clock'
import type { TestClock } from '@bailiwick/kit/clock'
import { testConfig } from '@bailiwick/kit/test-config'
import type { ConfigPatch } from '@bailiwick/kit/test-config'
import { startTestIssuer } from '@bailiwick/kit/test-issuer'
import type { TestIssuer } from '@bailiwick/kit/test-issuer'
import { openTestStore } from '@bailiwick/kit/test-store'
import { listen, noMetrics } from '@bailiwick/runtime'
import type { TaskStore } from '@bailiwick/task-state'
import { createClientAuthenticator, createIssuerVerifier, openKeyRing } from '@bailiwick/tokens'
import type { KeyRing } from '@bailiwick/tokens'
import { createControl, openOperatorRegistry } from '../src/index.ts'
import type { BailiwickConfig } from '@bailiwick/config'
import type { OperatorRegistry } from '../src/index.ts'

export const ISSUER = 'http://127.0.0.1:8420'
export const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
export const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token'
export const TASK_TOKEN = 'urn:ietf:params:oauth:token-type:jwt'

export interface ControlApp {
  readonly url: string
  readonly config: BailiwickConfig
  readonly clock: TestClock
  readonly decider: FakeDecider
  readonly profiles: FakeEnricher
  readonly journal: FakeJournal
  readonly shipped: ShippedRecords
  readonly store: TaskStore
  readonly keys: KeyRing
  readonly issuer: TestIssuer
  readonly operators: OperatorRegistry
  /** The first operator's token, with every right; it was there a minute before anything else. */
  readonly operatorToken: string
  readonly portal: TestClient
  readonly agent: TestClient
  readonly other: TestClient
  /** A node by the id `edge-1`. */
  readonly node: TestClient
  /** The `client_assertion` pair of a client, fresh. */
  credential(client: TestClient): Promise<Record<string, string>>
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<{ status: number; body: Body }>
  get(path: string, headers?: Record<string, string>): Promise<{ status: number; body: Body }>
  close(): Promise<void>
}

// eslint-disable-next-line typescript/no-explicit-any -- an answer under test is looked at by path
export type Body = Record<string, any>

export interface ControlAppOptions {
  readonly startMs?: number
  readonly listen?: ConfigPatch
  readonly clients?: readonly ConfigPatch[]
}

export async function startControlApp({ startMs, listen: planes, clients: more = [] }: ControlAppOptions = {}): Promise<ControlApp> {
  const clock = testClock(startMs)
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-control-'))
  const issuer = await startTestIssuer({ clock })
  const [portal, agent, other, node] = await Promise.all([
    makeTestClient('support-portal'),
    makeTestClient('refund-agent'),
    makeTestClient('helper-agent'),
    makeTestClient('edge-1'),
  ])
  const config = testConfig({
    identity: { issuers: [{ alias: 'corp', issuer: issuer.issuer, algorithms: ['ES256'] }] },
    clients: [
      { id: 'support-portal', jwks: portal.jwks },
      { id: 'refund-agent', jwks: agent.jwks, may_delegate_to: ['helper-agent'] },
      { id: 'helper-agent', kind: 'agent', authentication: 'private_key_jwt', jwks: other.jwks, resources: ['tickets'] },
      { id: 'edge-1', kind: 'node', authentication: 'private_key_jwt', jwks: node.jwks },
      ...more,
    ],
    ...(planes === undefined ? {} : { listen: planes }),
  })
  const { store, close: closeStore } = await openTestStore({ clock })
  const keys = await openKeyRing({ directory: join(folder, 'keys'), issuer: ISSUER, algorithm: 'ES256', clock })
  const issuers = createIssuerVerifier({ issuers: config.identity.issuers, clock, timeoutMs: 15_000 })
  const clients = createClientAuthenticator({
    issuer: ISSUER,
    clients: config.clients,
    clock,
    consumeOnce: (key, until, now) => store.consumeOnce(key, until, now),
    // No workload calls in these tests.
    verifySvid: () => Promise.resolve(deny({ reason: 'subject_invalid' })),
  })
  const decider = fakeDecider('allow')
  const profiles = fakeEnricher({ 'corp:alice': { roles: ['tier-1-support'] } })
  const journal = fakeJournal({ clock })
  const shipped = openShippedRecords({ file: join(folder, 'shipped.db'), clock, reservedBytes: 0 })
  const operators = openOperatorRegistry({ directory: folder, clock: earlier(clock) })
  const operatorToken = operators.add('operator', ['revoke', 'lift', 'create', 'read'], 'first-start')
  const deps = { config, clock, store, keys, issuers, clients, decider, profiles, journal, shipped, operators, log: silentLog().log, metrics: noMetrics }
  const service = createControl(deps, { nodeId: 'node-1', callers: new Set(['operator', 'person', 'client', 'agent']), nodes: true })
  const app = express().use(service.http)
  const listening = await listen({ host: '127.0.0.1', port: 0, http: app })
  const url = `http://127.0.0.1:${listening.port}`
  return {
    url,
    config,
    clock,
    decider,
    profiles,
    journal,
    shipped,
    store,
    keys,
    issuer,
    operators,
    operatorToken,
    portal,
    agent,
    other,
    node,
    credential: async (client) => ({ client_assertion_type: JWT_BEARER, client_assertion: await client.assertion({ aud: ISSUER, now: nowSeconds(clock) }) }),
    post: async (path, body, headers = {}) =>
      await answerOf(
        await fetch(`${url}${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: typeof body === 'string' ? body : JSON.stringify(body),
        }),
      ),
    get: async (path, headers = {}) => await answerOf(await fetch(`${url}${path}`, { headers })),
    close: async () => {
      await listening.close(0)
      await shipped.close()
      await issuers.close()
      await keys.close()
      await closeStore()
      await issuer.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function answerOf(response: Response): Promise<{ status: number; body: Body }> {
  return { status: response.status, body: (await response.json()) as Body }
}

function earlier(clock: Clock): Clock {
  return { ...clock, nowMs: () => clock.nowMs() - 60_000 }
}

/** Alice's refund task, as the portal makes it. */
export async function delegate(app: ControlApp, change: Record<string, unknown> = {}): Promise<{ status: number; body: Body }> {
  return await app.post('/v1/tasks', {
    ...(await app.credential(app.portal)),
    subject_token: await app.issuer.idToken(),
    subject_token_type: ID_TOKEN,
    agent: 'refund-agent',
    resources: ['tickets', 'payments'],
    binding: { ticket_id: 'T-1042' },
    purpose: 'refund',
    expires_in: 900,
    ...change,
  })
}

/** A call the refund agent makes inside its own task. */
export async function asAgent(app: ControlApp, taskToken: string, client: TestClient = app.agent): Promise<Record<string, string>> {
  return { ...(await app.credential(client)), subject_token: taskToken, subject_token_type: TASK_TOKEN }
}

export function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` }
}

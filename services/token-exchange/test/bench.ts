// A running token service on a free port: real store, keys, verifiers and client authentication; the policy, the profiles and the journal
// are the kit's. What every service test of this package starts from: alice's refund task, and the tokens that belong to it.
import { createServer } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import { newRevocationId, newTaskId, nowSeconds, parseClientId, parseResourceName } from '@bailiwick/core'
import type { ClientId, ResourceName, Task } from '@bailiwick/core'
import { testClock } from '@bailiwick/kit/clock'
import { fakeDecider } from '@bailiwick/kit/fake-decider'
import { fakeEnricher } from '@bailiwick/kit/fake-enricher'
import { fakeJournal } from '@bailiwick/kit/fake-journal'
import { silentLog } from '@bailiwick/kit/silent-log'
import { makeTestClient, makeTestTrustDomain } from '@bailiwick/kit/test-clients'
import { testConfig } from '@bailiwick/kit/test-config'
import type { ConfigPatch } from '@bailiwick/kit/test-config'
import { startTestIssuer } from '@bailiwick/kit/test-issuer'
import { openTestStore } from '@bailiwick/kit/test-store'
import { noMetrics, noTracing } from '@bailiwick/runtime'
import { createJwtSvidVerifier, parseBundle } from '@bailiwick/spiffe'
import type { NewTask, TaskStore } from '@bailiwick/task-state'
import { createClientAuthenticator, createIssuerVerifier, newJti, openKeyRing } from '@bailiwick/tokens'
import { createTokenExchange } from '../src/index.ts'
import type { TokenExchangeDeps } from '../src/index.ts'

export const ISSUER = 'http://127.0.0.1:8420'
export const TYPE = 'urn:ietf:params:oauth:token-type:'
export const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange'
export const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
export const JWT_SPIFFE = 'urn:ietf:params:oauth:client-assertion-type:jwt-spiffe'
export const TRIAGE = 'spiffe://example.org/agent/triage'
export const URIS = {
  payments: 'https://payments.example.com/mcp',
  tickets: 'https://tickets.example.com/mcp',
  crm: 'https://crm.example.com/mcp',
  payroll: 'https://payroll.example.com/mcp',
  models: 'https://llm.example.com/v1',
} as const

export function client(id: string): ClientId {
  const parsed = parseClientId(id)
  if (parsed === undefined) throw new TypeError(id)
  return parsed
}

export function names(...ids: readonly string[]): readonly ResourceName[] {
  return ids.map((id) => {
    const parsed = parseResourceName(id)
    if (parsed === undefined) throw new TypeError(id)
    return parsed
  })
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
}

export type Fields = Readonly<Record<string, string | readonly string[] | undefined>>

export interface BenchOptions {
  readonly config?: ConfigPatch
  /** Beside what the bench configures: settings of these clients, of these resources, of the listeners. */
  readonly clients?: readonly ConfigPatch[]
  readonly resources?: readonly ConfigPatch[]
  readonly listen?: ConfigPatch
  readonly startMs?: number
  /** Replaces dependencies, given what the bench would have used. */
  readonly deps?: (deps: TokenExchangeDeps) => Partial<TokenExchangeDeps>
}

// oxlint-disable-next-line typescript/explicit-module-boundary-types -- what it returns describes itself, and is long
export async function openBench(options: BenchOptions = {}) {
  const clock = testClock(...(options.startMs === undefined ? [] : [options.startMs]))
  const folder = await mkdtemp(join(tmpdir(), 'bailiwick-exchange-'))
  const agents = {
    portal: await makeTestClient('support-portal'),
    refund: await makeTestClient('refund-agent'),
    other: await makeTestClient('other-agent'),
    server: await makeTestClient('payments-server'),
  }
  const domain = await makeTestTrustDomain('example.org')
  const idp = await startTestIssuer({ clock })
  const base = testConfig({
    identity: { issuers: [{ alias: 'corp', issuer: idp.issuer }] },
    clients: [
      { id: 'support-portal', jwks: agents.portal.jwks, resources: ['payments', 'tickets'], scopes: ['refund:read'] },
      { id: 'refund-agent', jwks: agents.refund.jwks, scopes: ['refund:read', 'refund:write'] },
      { id: 'other-agent', kind: 'agent', authentication: 'private_key_jwt', jwks: agents.other.jwks, resources: ['models', 'tickets', 'payments', 'crm'] },
      { id: 'payments-server', jwks: agents.server.jwks },
      ...(options.clients ?? []),
    ],
    resources: [{ name: 'payments', scopes: ['refund:read', 'refund:write', 'refund:admin'] }, ...(options.resources ?? [])],
    ...(options.listen === undefined ? {} : { listen: options.listen }),
  })
  const config = options.config === undefined ? base : testConfig({ ...options.config })
  const opened = await openTestStore({ clock })
  const { store } = opened
  const parsed = parseBundle(new TextEncoder().encode(JSON.stringify(domain.bundle)))
  if (!parsed.ok) throw new Error(parsed.problem)
  const { bundle } = parsed
  const keys = await openKeyRing({ directory: join(folder, 'keys'), issuer: ISSUER, algorithm: 'ES256', clock })
  const svids = createJwtSvidVerifier({ trustDomain: 'example.org', bundle: { current: () => bundle, problem: () => undefined }, clock })
  const issuers = createIssuerVerifier({ issuers: [idp.config()], clock, timeoutMs: 15_000 })
  const decider = fakeDecider('allow')
  const profiles = fakeEnricher({ 'corp:alice': { roles: ['tier-1-support'], attributes: { tier: 1 } }, 'corp:bob': { roles: ['tier-2-lead'] } })
  const journal = fakeJournal({ clock })
  const { log, lines } = silentLog()
  const clients = createClientAuthenticator({
    issuer: ISSUER,
    clients: config.clients,
    consumeOnce: (key, until, now) => store.consumeOnce(key, until, now),
    verifySvid: (token, audiences, now) => svids.verify(token, audiences, now),
    clock,
  })
  const made: TokenExchangeDeps = {
    config,
    clock,
    store,
    keys,
    issuers,
    clients,
    svids,
    decider,
    profiles,
    journal,
    log,
    metrics: noMetrics,
    tracing: noTracing,
  }
  const deps: TokenExchangeDeps = { ...made, ...options.deps?.(made) }
  const service = createTokenExchange(deps)
  const app = express()
  app.use(service.http)
  app.use((_request, response) => {
    response.writeHead(404, { 'x-fell-through': 'yes' })
    response.end()
  })
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const url = `http://127.0.0.1:${address.port}`

  const now = (): number => nowSeconds(clock)

  /** Alice's refund task unless told otherwise. */
  const createTask = async (overrides: Partial<NewTask> = {}): Promise<Task> => {
    const agent = overrides.agent ?? { id: 'client:refund-agent', clientId: client('refund-agent'), declared: false }
    const created = await store.createTask(
      {
        id: newTaskId(clock.nowMs()),
        subject: { sub: 'corp:alice', iss: idp.issuer, kind: 'user', subId: { format: 'iss_sub', iss: idp.issuer, sub: 'alice' } },
        agent,
        ...(overrides.subject?.sub === agent.id ? {} : { act: { sub: agent.id, client_id: agent.clientId, sub_profile: 'ai_agent' } }),
        binding: { ticket_id: 'T-1042' },
        bindingSource: 'launcher',
        purpose: 'refund',
        resources: names('models', 'tickets', 'payments'),
        createdAt: now(),
        createdBy: 'client:support-portal',
        createdByClient: client('support-portal'),
        expiresAt: now() + 3600,
        authenticatedAt: now() - 60,
        ...overrides,
      },
      now(),
    )
    if (!created.ok) throw new Error(`no task: ${created.denial.reason}`)
    return created.value.task
  }

  const taskToken = async (task: Task, overrides: Partial<Parameters<typeof keys.mintTaskToken>[0]> = {}): Promise<string> =>
    await keys.mintTaskToken({
      iss: ISSUER,
      sub: task.subject.sub,
      subId: task.subject.subId,
      clientId: task.agent.clientId,
      jti: newJti(),
      iat: now(),
      exp: task.expiresAt,
      taskId: task.id,
      kep: task.createdRev,
      ...overrides,
    })

  const runtimeToken = async (task: Task, overrides: Partial<Parameters<typeof keys.mintRuntimeToken>[0]> = {}): Promise<string> =>
    await keys.mintRuntimeToken({
      iss: ISSUER,
      sub: task.subject.sub,
      subId: task.subject.subId,
      aud: URIS.payments,
      clientId: task.agent.clientId,
      jti: newJti(),
      iat: now(),
      exp: now() + 300,
      scope: [],
      ...(task.act === undefined ? {} : { act: task.act }),
      taskId: task.id,
      kep: task.createdRev,
      ...overrides,
    })

  const proofOf = async (who: keyof typeof agents = 'refund'): Promise<Fields> => ({
    client_assertion_type: JWT_BEARER,
    client_assertion: await agents[who].assertion({ aud: ISSUER, now: now() }),
  })
  const svid = (claims: Readonly<Record<string, unknown>> = {}): Promise<string> => domain.svid({ sub: TRIAGE, aud: ISSUER, now: now(), ...claims })
  const svidProof = async (): Promise<Fields> => ({ client_assertion_type: JWT_SPIFFE, client_assertion: await svid() })

  const send = async (path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(`${url}${path}`, init)
    const text = await response.text()
    const body: unknown = text === '' ? {} : JSON.parse(text)
    if (typeof body !== 'object' || body === null) throw new TypeError('not an object')
    return { status: response.status, headers: response.headers, body: { ...body } }
  }

  const form = (path: string, fields: Fields, headers: Readonly<Record<string, string>> = {}): Promise<Answer> => {
    const body = new URLSearchParams()
    for (const [name, value] of Object.entries(fields))
      for (const each of value === undefined ? [] : typeof value === 'string' ? [value] : value) body.append(name, each)
    return send(path, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers }, body: body.toString() })
  }

  return {
    url,
    clock,
    now,
    config,
    deps,
    service,
    store: store satisfies TaskStore,
    keys,
    decider,
    profiles,
    journal,
    lines,
    idp,
    domain,
    agents,
    createTask,
    taskToken,
    runtimeToken,
    proofOf,
    svid,
    svidProof,
    send,
    form,
    /** An exchange with the refund agent's own proof; a field set to undefined is left out. */
    token: async (fields: Fields, headers?: Readonly<Record<string, string>>): Promise<Answer> => {
      const proof = 'client_assertion' in fields || 'client_assertion_type' in fields ? {} : await proofOf()
      return await form('/oauth2/token', { grant_type: GRANT, subject_token_type: `${TYPE}jwt`, resource: URIS.payments, ...proof, ...fields }, headers)
    },
    batch: async (members: Readonly<Record<string, unknown>>, headers: Readonly<Record<string, string>> = {}): Promise<Answer> => {
      const proof = 'client_assertion' in members ? {} : await proofOf()
      return await send('/oauth2/token-batch', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ subject_token_type: `${TYPE}jwt`, items: 'all', ...proof, ...members }),
      })
    },
    revokeTask: async (task: Pick<Task, 'id'>): Promise<void> => {
      const done = await store.revoke({
        id: newRevocationId(clock.nowMs()),
        scope: { kind: 'task', id: task.id },
        reason: 'test',
        hold: false,
        setBy: 'operator:test',
        atMs: clock.nowMs(),
      })
      if (!done.ok || done.value.status !== 'confirmed') throw new Error('not revoked')
    },
    close: async (): Promise<void> => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      await service.close()
      await issuers.close()
      await keys.close()
      await idp.stop()
      await opened.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export type Bench = Awaited<ReturnType<typeof openBench>>

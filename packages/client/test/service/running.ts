// The real token service and the real control service behind one free port, with a real store, keys and verifiers; policy, profiles and journal are the
// kit's. The issuer is a name of its own, so the library's calls are brought to the port by the injected fetch; calls to resources meet a gateway that
// verifies the runtime token and reads the task, as Bailiwick's doors do.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import { newDecisionId, newRevocationId, nowSeconds, parseTaskId } from '@bailiwick/core'
import type { RevocationKind } from '@bailiwick/core'
import { createControl, openOperatorRegistry } from '@bailiwick/control'
import { testClock } from '@bailiwick/kit/clock'
import type { TestClock } from '@bailiwick/kit/clock'
import { fakeDecider } from '@bailiwick/kit/fake-decider'
import type { FakeDecider } from '@bailiwick/kit/fake-decider'
import { fakeEnricher } from '@bailiwick/kit/fake-enricher'
import { fakeJournal } from '@bailiwick/kit/fake-journal'
import type { FakeJournal } from '@bailiwick/kit/fake-journal'
import { noCopies } from '@bailiwick/kit/no-copies'
import { silentLog } from '@bailiwick/kit/silent-log'
import { makeTestClient, makeTestTrustDomain } from '@bailiwick/kit/test-clients'
import { testConfig } from '@bailiwick/kit/test-config'
import type { ConfigPatch } from '@bailiwick/kit/test-config'
import { startTestIssuer } from '@bailiwick/kit/test-issuer'
import type { TestIssuer } from '@bailiwick/kit/test-issuer'
import { openTestStore } from '@bailiwick/kit/test-store'
import { listen, noMetrics, noTracing } from '@bailiwick/runtime'
import type { ServerTls } from '@bailiwick/runtime'
import { createJwtSvidVerifier, parseBundle } from '@bailiwick/spiffe'
import { createTokenExchange } from '@bailiwick/token-exchange'
import { createClientAuthenticator, createIssuerVerifier, openKeyRing } from '@bailiwick/tokens'
import { privateKeyJwt, spiffeJwt } from '../../src/index.ts'
import type { BootOptions, ClientCredential, Fetch } from '../../src/index.ts'

export const ISSUER = 'http://127.0.0.1:8420'
const TRIAGE = 'spiffe://example.org/agent/triage'

export interface Running {
  readonly clock: TestClock
  readonly decider: FakeDecider
  readonly journal: FakeJournal
  readonly idp: TestIssuer
  readonly portal: ClientCredential
  readonly refundAgent: ClientCredential
  readonly helperAgent: ClientCredential
  readonly triage: ClientCredential
  /** What every agent of a test is booted with. */
  readonly seams: Pick<BootOptions, 'issuer' | 'fetch' | 'clock' | 'random' | 'wait'>
  /** Calls to the token endpoint. */
  readonly exchanges: () => number
  /** Resolves once no call to the token endpoint is under way. */
  quiet(): Promise<void>
  /** From now on Bailiwick's port is dead (true) or back. */
  cut(dead: boolean): void
  revoke(kind: RevocationKind, id: string): Promise<void>
  close(): Promise<void>
}

/** For a test whose calls go over TLS, to a port of its own. */
export interface OverTls {
  readonly startMs: number
  readonly issuer: string
  readonly port: number
  readonly tls: ServerTls
  readonly planes: ConfigPatch
  readonly clients: readonly ConfigPatch[]
  readonly resources: readonly ConfigPatch[]
}

export async function startRunning(over?: OverTls): Promise<Running> {
  const issuer = over?.issuer ?? ISSUER
  const clock = testClock(over?.startMs)
  const folder = await mkdtemp(join(tmpdir(), 'bailiwick-client-'))
  const idp = await startTestIssuer({ clock })
  const domain = await makeTestTrustDomain('example.org')
  const [portal, refund, helper] = await Promise.all([makeTestClient('support-portal'), makeTestClient('refund-agent'), makeTestClient('helper-agent')])
  const config = testConfig({
    identity: { issuers: [{ alias: 'corp', issuer: idp.issuer, algorithms: ['ES256'] }] },
    clients: [
      { id: 'support-portal', jwks: portal.jwks },
      { id: 'refund-agent', jwks: refund.jwks, may_delegate_to: ['helper-agent'], scopes: ['refund:read'] },
      { id: 'helper-agent', kind: 'agent', authentication: 'private_key_jwt', jwks: helper.jwks, resources: ['tickets'] },
      ...(over?.clients ?? []),
    ],
    resources: [{ name: 'payments', scopes: ['refund:read', 'refund:write'] }, ...(over?.resources ?? [])],
    ...(over === undefined ? {} : { issuer, listen: over.planes }),
  })
  const opened = await openTestStore({ clock })
  const { store } = opened
  const keys = await openKeyRing({ directory: join(folder, 'keys'), issuer, algorithm: 'ES256', clock })
  const issuers = createIssuerVerifier({ issuers: config.identity.issuers, clock, timeoutMs: 15_000 })
  const parsed = parseBundle(new TextEncoder().encode(JSON.stringify(domain.bundle)))
  if (!parsed.ok) throw new Error(parsed.problem)
  const svids = createJwtSvidVerifier({ trustDomain: 'example.org', bundle: { current: () => parsed.bundle, problem: () => undefined }, clock })
  const clients = createClientAuthenticator({
    issuer,
    clients: config.clients,
    clock,
    consumeOnce: (key, until, now) => store.consumeOnce(key, until, now),
    verifySvid: (token, audiences, now) => svids.verify(token, audiences, now),
  })
  const decider = fakeDecider('allow')
  const profiles = fakeEnricher({ 'corp:alice': { roles: ['tier-1-support'] } })
  const journal = fakeJournal({ clock })
  const operators = openOperatorRegistry({ directory: folder, clock })
  const deps = {
    config,
    clock,
    store,
    keys,
    issuers,
    svids,
    clients,
    decider,
    profiles,
    journal,
    shipped: noCopies,
    operators,
    log: silentLog().log,
    metrics: noMetrics,
    tracing: noTracing,
  }
  const exchange = createTokenExchange(deps)
  const control = createControl(deps, { nodeId: 'node-1', callers: new Set(['client', 'agent']), nodes: false })
  const listening = await listen({
    host: '127.0.0.1',
    port: over?.port ?? 0,
    http: express().use(exchange.http).use(control.http),
    ...(over === undefined ? {} : { tls: over.tls }),
  })

  let exchanges = 0
  let dead = false
  const underWay = new Set<Promise<Response>>()

  /** Envoy's place: 401 as the doors write it, else what an MCP server says. */
  const gateway = async (url: string, headers: Headers): Promise<Response> => {
    const token = headers.get('authorization')?.replace(/^Bearer /, '') ?? ''
    const verified = await keys.verifyRuntimeToken(token, nowSeconds(clock))
    const resource = [...config.resources.values()].find(({ uri }) => uri === url)
    if (!verified.ok || resource === undefined || verified.value.aud !== resource.uri) {
      const body = { reason: 'token_invalid', message: 'no', decision_id: newDecisionId(clock.nowMs()) }
      return new Response(JSON.stringify(body), {
        status: 401,
        headers: { 'content-type': 'application/json', 'www-authenticate': 'Bearer error="invalid_token"' },
      })
    }
    const { taskId, kep, kid, jti, sub, act } = verified.value
    const standing = await store.readStanding({ taskId, kep, kid, jti, resource: resource.name, newWork: false, nowSeconds: nowSeconds(clock) })
    const reply = standing.ok
      ? { content: [{ type: 'text', text: `${sub} by ${act?.sub ?? 'itself'}` }] }
      : {
          isError: true,
          content: [],
          _meta: { 'dev.bailiwick/decision': { effect: 'deny', decision_id: newDecisionId(clock.nowMs()), reason: standing.denial.reason } },
        }
    return new Response(JSON.stringify({ jsonrpc: '2.0', id: 1, result: reply }), { headers: { 'content-type': 'application/json' } })
  }

  const routed: Fetch = async (url, init) => {
    if (!url.startsWith(`${ISSUER}/`)) return await gateway(url, new Headers(init.headers))
    if (url.includes('/oauth2/')) exchanges += 1
    if (dead) throw new TypeError('fetch failed')
    const answer = fetch(url.replace(ISSUER, `http://127.0.0.1:${listening.port}`), init)
    underWay.add(answer)
    return await answer.finally(() => underWay.delete(answer))
  }

  const keyed = (client: typeof portal): ClientCredential =>
    privateKeyJwt({ clientId: client.clientId, key: client.privateKey, keyId: String(client.jwks.keys[0]?.['kid']) })

  return {
    clock,
    decider,
    journal,
    idp,
    portal: keyed(portal),
    refundAgent: keyed(refund),
    helperAgent: keyed(helper),
    triage: spiffeJwt({ fetchSvid: (audience) => domain.svid({ sub: TRIAGE, aud: audience, now: nowSeconds(clock) }) }),
    seams: {
      issuer: ISSUER,
      fetch: routed,
      clock,
      random: () => 0.5,
      wait: (ms) => {
        clock.advance(ms)
        return Promise.resolve()
      },
    },
    exchanges: () => exchanges,
    quiet: async () => {
      // A renewal behind its user signs first and reads its answer last: some turns before and after the call itself.
      for (let turn = 0; turn < 3; turn++) {
        await new Promise((resolve) => setTimeout(resolve, 5))
        await Promise.allSettled(underWay)
      }
    },
    cut: (now) => {
      dead = now
    },
    revoke: async (kind, id) => {
      if (kind === 'task' && parseTaskId(id) === undefined) throw new TypeError(id)
      const setBy = 'operator:test'
      const done = await store.revoke({ id: newRevocationId(clock.nowMs()), scope: { kind, id }, reason: 'test', hold: false, setBy, atMs: clock.nowMs() })
      if (!done.ok || done.value.status !== 'confirmed') throw new Error('not revoked')
    },
    close: async () => {
      await listening.close(0)
      await exchange.close()
      await control.close()
      await issuers.close()
      await keys.close()
      await idp.stop()
      await opened.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

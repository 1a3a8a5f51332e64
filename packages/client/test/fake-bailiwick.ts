// Bailiwick's endpoints as an injected fetch: answers by script, remembers every call, and reaches no network.
import { generateKeyPairSync } from 'node:crypto'
import { DENIALS } from '@bailiwick/core'
import type { DenialReason } from '@bailiwick/core'
import { testClock } from '@bailiwick/kit/clock'
import type { TestClock } from '@bailiwick/kit/clock'
import { bootAgent, privateKeyJwt } from '../src/index.ts'
import type { Agent, BootOptions, ClientCredential, Fetch } from '../src/index.ts'

export const ISSUER = 'https://bailiwick.example.com'
export const TASK_ID = 'task_01939f00-0000-7000-8000-000000000001'
export const DECISION = 'dec_01939f00-0000-7000-8000-0000000000aa'
export const PAYMENTS = 'https://payments.example.com/mcp'
export const TICKETS = 'https://tickets.example.com/mcp'
export const MODELS = 'https://llm.example.com/v1'
export const TASK_TOKEN = jws('task-token')
export const ID_TOKEN = jws('id-token-of-alice')

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
export const CLIENT = privateKeyJwt({ clientId: 'refund-agent', key: privateKey })

/** Signs nothing, so that a test of what happens when waits for no other thread. */
export const UNSIGNED: ClientCredential = {
  method: 'private_key_jwt',
  prove: () => Promise.resolve({ assertionType: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', assertion: jws('assertion') }),
}

/** Looks like a token, and says in the clear which one it is. */
export function jws(name: string): string {
  return `eyJhbGciOiJFUzI1NiJ9.${Buffer.from(`{"n":"${name}"}`).toString('base64url')}.c2lnbmF0dXJl`
}

export interface Sent {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  readonly body: Record<string, unknown>
  readonly redirect: string | undefined
  readonly raw: unknown
}

export type Script = (sent: Sent) => Response | Promise<Response>

export interface FakeBailiwick {
  readonly fetch: Fetch
  readonly clock: TestClock
  /** Calls to the token endpoint. */
  readonly exchanges: readonly Sent[]
  /** Calls to resources. */
  readonly calls: readonly Sent[]
  /** Everything, in order. */
  readonly sent: readonly Sent[]
  /** Replaces the answers of the token endpoint, or of everything that is not Bailiwick. */
  answer(what: 'exchange' | 'resource' | 'control', script: Script): void
  /** The token endpoint's ordinary answer. */
  readonly grant: Script
  boot(options?: Partial<BootOptions>): Promise<Agent>
}

export interface FakeOptions {
  readonly client?: ClientCredential
  readonly expiresIn?: number
  readonly resources?: Readonly<Record<string, string>>
}

export function fakeBailiwick({
  client = CLIENT,
  expiresIn = 600,
  resources = { payments: PAYMENTS, tickets: TICKETS, models: MODELS },
}: FakeOptions = {}): FakeBailiwick {
  const clock = testClock()
  const sent: Sent[] = []
  let issued = 0
  const grant: Script = ({ body }) => {
    const names = Object.entries(resources)
    const asked = Array.isArray(body['items'])
      ? (body['items'] as { resource: string; scope?: string }[])
      : names.map(([, resource]) => ({ resource, scope: undefined }))
    return json(200, {
      task_id: TASK_ID,
      items: asked.map(({ resource, scope }) => {
        issued += 1
        const name = names.find(([, uri]) => uri === resource)?.[0]
        return { ...granted(resource, `${name}-${issued}`, expiresIn), resource_name: name, ...(scope === undefined ? {} : { scope }) }
      }),
    })
  }
  const scripts: Record<'exchange' | 'resource' | 'control', Script> = {
    exchange: grant,
    resource: () => json(200, { fine: true }),
    control: () => json(404, {}),
  }
  const fetch: Fetch = async (url, init) => {
    const raw: unknown = init.body
    const text = typeof raw === 'string' ? raw : '{}'
    const one: Sent = {
      url,
      method: init.method ?? 'GET',
      headers: new Headers(init.headers),
      body: parsed(text),
      redirect: init.redirect,
      raw,
    }
    sent.push(one)
    // An answer never comes within the same turn.
    await Promise.resolve()
    if (init.signal?.aborted === true) throw init.signal.reason
    return await scripts[placeOf(url)](one)
  }
  return {
    fetch,
    clock,
    sent,
    grant,
    get exchanges() {
      return sent.filter(({ url }) => placeOf(url) === 'exchange')
    },
    get calls() {
      return sent.filter(({ url }) => placeOf(url) === 'resource')
    },
    answer: (what, script) => {
      scripts[what] = script
    },
    boot: (options = {}) =>
      bootAgent({
        issuer: ISSUER,
        client,
        task: { taskToken: TASK_TOKEN },
        fetch,
        clock,
        random: () => 0.5,
        wait: (ms) => {
          clock.advance(ms)
          return Promise.resolve()
        },
        ...options,
      }),
  }
}

export function granted(resource: string, name: string, expiresIn = 600): Record<string, unknown> {
  return {
    resource,
    access_token: jws(name),
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    token_type: 'Bearer',
    expires_in: expiresIn,
  }
}

export function refused(resource: string, reason: DenialReason): Record<string, unknown> {
  return { resource, error: 'invalid_target', error_description: DENIALS[reason].sentence, reason }
}

/** The whole call refused, as the token endpoint writes it. */
export function oauthError(reason: DenialReason, status = 400): Response {
  return json(status, { error: 'invalid_request', error_description: DENIALS[reason].sentence, reason, decision_id: DECISION })
}

export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } })
}

export function invalidToken(): Response {
  return json(401, { reason: 'token_expired', decision_id: DECISION }, { 'www-authenticate': 'Bearer resource_metadata="https://x", error="invalid_token"' })
}

/** What a promise was rejected with. */
export async function thrownBy(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (thrown) {
    return thrown
  }
  throw new Error('nothing was thrown')
}

function placeOf(url: string): 'exchange' | 'resource' | 'control' {
  if (!url.startsWith(`${ISSUER}/`)) return 'resource'
  return url.startsWith(`${ISSUER}/oauth2/`) ? 'exchange' : 'control'
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

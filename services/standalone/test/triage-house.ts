// The real product on free ports with one workload that boots by itself: enough for an exchange, an allow, a deny and a revocation.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '@bailiwick/kit/silent-log'
import { makeTestTrustDomain } from '@bailiwick/kit/test-clients'
import type { TestTrustDomain } from '@bailiwick/kit/test-clients'
import { testConfig } from '@bailiwick/kit/test-config'
import type { ConfigPatch } from '@bailiwick/kit/test-config'
import type { TracingSettings } from '@bailiwick/runtime'
import { startStandalone } from '../src/index.ts'
import type { Standalone } from '../src/index.ts'

const TRIAGE = 'spiffe://example.org/agent/triage'

export interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

export interface TriageHouse {
  readonly running: Standalone
  readonly lines: readonly string[]
  /** The triage agent's own boot: one token per resource of its template. */
  boot(): Promise<{ readonly taskId: string; readonly tokens: ReadonlyMap<string, string> }>
  /** One resource by name, with the triage agent's own identity. */
  exchange(taskId: string, resource: string): Promise<Answer>
  decide(resource: string, token: string | undefined, tool: string, headers?: Readonly<Record<string, string>>): Promise<Answer>
  /** Without a hold: the agent may boot again. */
  revoke(scope: { readonly kind: string; readonly id: string }): Promise<Answer>
  scrape(): Promise<string>
  /** A call at control with the operator's token, or another's; a POST where there is a body. */
  operate(path: string, body?: object, token?: string): Promise<Answer>
  /** A form at the agents' plane. */
  form(path: string, fields: Readonly<Record<string, string>>): Promise<Answer>
  close(): Promise<void>
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

export interface TriageHouseOptions {
  /** One development address for all planes. */
  readonly shared?: boolean
  readonly tracing?: TracingSettings
  /** What several nodes of one house have in common. */
  readonly issuer?: string
  readonly domain?: TestTrustDomain
  readonly settings?: ConfigPatch
}

export async function openTriageHouse({ shared = false, tracing, settings = {}, ...common }: TriageHouseOptions = {}): Promise<TriageHouse> {
  const directory = mkdtempSync(join(tmpdir(), 'bailiwick-triage-'))
  const domain = common.domain ?? (await makeTestTrustDomain('example.org'))
  const [agents, gateways, operators] = [await freePort(), await freePort(), await freePort()]
  const planes = { agents: `127.0.0.1:${agents}`, gateways: `127.0.0.1:${gateways}`, operators: `127.0.0.1:${operators}` }
  const listen = shared ? planes.agents : planes
  const issuer = common.issuer ?? `http://127.0.0.1:${agents}`
  const config = testConfig({ issuer, listen, ...settings }, { directory })
  writeFileSync(join(directory, 'bundle.json'), JSON.stringify(domain.bundle))
  const { log, lines } = silentLog()
  const running = await startStandalone({ config, log, tracing })
  const operator = readFileSync(running.operatorToken.path, 'utf8').trim()

  const post = async (url: string, body: URLSearchParams | object, headers: Readonly<Record<string, string>> = {}): Promise<Answer> => {
    const form = body instanceof URLSearchParams
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...(form ? {} : { 'content-type': 'application/json' }), ...headers },
      body: form ? body : JSON.stringify(body),
    })
    const answer: unknown = await response.json()
    return { status: response.status, body: typeof answer === 'object' && answer !== null ? { ...answer } : {} }
  }
  const identity = async (): Promise<Record<string, string>> => {
    const svid = (): Promise<string> => domain.svid({ sub: TRIAGE, aud: issuer, now: Math.floor(Date.now() / 1000) })
    return {
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-spiffe',
      client_assertion: await svid(),
      subject_token: await svid(),
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    }
  }

  return {
    running,
    lines,
    boot: async () => {
      const { status, body } = await post(`${running.urls.agents}/oauth2/token-batch`, { ...(await identity()), items: 'all' })
      const items = Array.isArray(body['items']) ? body['items'] : []
      if (status !== 200 || typeof body['task_id'] !== 'string') throw new Error(`no boot: ${JSON.stringify(body)}`)
      const tokens = items.flatMap((item: { resource_name?: string; access_token?: string }) =>
        item.resource_name === undefined || item.access_token === undefined ? [] : [[item.resource_name, item.access_token] as const],
      )
      return { taskId: body['task_id'], tokens: new Map(tokens) }
    },
    exchange: async (taskId, resource) => {
      const grant = { grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange', audience: resource, task_id: taskId }
      return await post(`${running.urls.agents}/oauth2/token`, new URLSearchParams({ ...grant, ...(await identity()) }))
    },
    decide: async (resource, token, tool, headers = {}) =>
      await post(`${running.urls.gateways}/v1/decide`, {
        resource,
        ...(token === undefined ? {} : { token }),
        http: {
          method: 'POST',
          path: '/mcp',
          headers: Object.entries({
            'content-type': 'application/json',
            accept: 'application/json, text/event-stream',
            'mcp-protocol-version': '2025-06-18',
            ...headers,
          }),
          body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: tool, arguments: { ticket_id: 'T-1042' } } }),
        },
      }),
    revoke: async (scope) =>
      await post(`${running.urls.operators}/v1/revocations`, { scope, reason: 'test', hold: false }, { authorization: `Bearer ${operator}` }),
    form: async (path, fields) => await post(`${running.urls.agents}${path}`, new URLSearchParams(fields)),
    operate: async (path, body, token = operator) => {
      const headers = { authorization: `Bearer ${token}` }
      if (body !== undefined) return await post(`${running.urls.operators}${path}`, body, headers)
      const response = await fetch(`${running.urls.operators}${path}`, { headers })
      const answer: unknown = await response.json()
      return { status: response.status, body: typeof answer === 'object' && answer !== null ? { ...answer } : {} }
    },
    scrape: async () => await (await fetch(`${running.urls.operators}/metrics`)).text(),
    close: async () => {
      await running.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

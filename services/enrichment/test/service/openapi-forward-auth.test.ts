// What the document says of sub-requests, against the door: a path for each dialect, the headers each needs, the answers it can get.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testGatewaySecret } from '@bailiwick/kit/test-config'
import { openApiDocument } from '../../src/doors/openapi/document.ts'
import { FORWARD_AUTH_DIALECTS } from '../../src/doors/forward-auth/dialects.ts'
import { REFUND, startService } from './running.ts'
import type { Running } from './running.ts'
import { sendRaw } from './send-raw.ts'
import type { RawReply } from './send-raw.ts'

let running: Running
let token: string
let dead: string

beforeAll(async () => {
  running = await startService({
    gateways: [
      {
        name: 'sidecar',
        doors: ['forward_auth'],
        resources: ['payments'],
        resource_from: 'path_segment',
        authentication: 'shared_secret',
        secret_files: ['./sidecar.key'],
      },
    ],
  })
  token = await running.tokenFor(await running.makeTask())
  const ended = await running.makeTask()
  dead = await running.tokenFor(ended)
  await running.revoke(ended)
})
afterAll(() => running.close())

interface PathItem {
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[]
  readonly post: { readonly security: readonly object[]; readonly responses: Readonly<Record<string, { readonly headers: Readonly<Record<string, unknown>> }>> }
}

const { paths }: { paths: Readonly<Record<string, PathItem>> } = JSON.parse(JSON.stringify(openApiDocument()))
const DOCUMENTED = Object.entries(paths).filter(([path]) => path.startsWith('/forward-auth/'))

/** As the document tells a gateway of that dialect to ask; `without` leaves one of its headers out. */
function ask(
  [path, { parameters }]: readonly [string, PathItem],
  change: { token?: string; body?: string; without?: string; key?: string } = {},
): Promise<RawReply> {
  const told = parameters.filter(({ name, in: place, required }) => place === 'header' && required === true && name !== change.without)
  const own = path.includes('/envoy/') ? [['x-envoy-auth-partial-body', 'false'] as const] : []
  const headers = [
    ['x-bailiwick-gateway-key', change.key ?? testGatewaySecret('sidecar')] as const,
    ['content-type', 'application/json'] as const,
    ...(change.without === 'authorization' ? [] : [['authorization', `Bearer ${change.token ?? token}`] as const]),
    ...told.map(({ name }) => [name, name.endsWith('method') ? 'POST' : '/mcp'] as const),
    ...own,
  ]
  return sendRaw(running.address, {
    method: 'POST',
    path: path.replace('{resource}', 'payments').replace('{path}', 'mcp'),
    headers,
    body: change.body ?? REFUND,
  })
}

it('has a path for each dialect, and no other', () => {
  expect(DOCUMENTED.map(([path]) => path.split('/')[2])).toEqual(Object.keys(FORWARD_AUTH_DIALECTS))
})

describe.each(DOCUMENTED)('%s', (path, item) => {
  const { responses } = item.post

  it('is answered 200 when asked as it says, with the headers it names', async () => {
    const reply = await ask([path, item])
    expect(reply.status).toBe(200)
    const names = reply.headers.map(([name]) => name).filter((name) => name.startsWith('x-'))
    expect(names.toSorted()).toEqual(Object.keys(responses['200']?.headers ?? {}).toSorted())
  })

  it.each([
    ['a dead task', () => ({ token: dead }), 403],
    ['no token', () => ({ without: 'authorization' }), 401],
    ['no JSON', () => ({ body: '{' }), 400],
    ['a body over the limit', () => ({ body: 'x'.repeat(17 * 1024 * 1024) }), 413],
    ['a stranger', () => ({ key: 'other' }), 403],
  ])('is answered to %s with a status it names', async (_what, change, status) => {
    const reply = await ask([path, item], change())
    expect(reply.status).toBe(status)
    expect(Object.keys(responses)).toContain(String(status))
    const names = reply.headers.map(([name]) => name)
    for (const name of Object.keys(responses[String(status)]?.headers ?? {})) expect(names).toContain(name)
  })

  it('needs each header it calls required', async () => {
    for (const { name, in: place, required } of item.parameters) {
      if (place === 'header' && required === true) expect([name, (await ask([path, item], { without: name })).status]).toEqual([name, 400])
    }
  })
})

it('tells where AuthZEN is asked as it is served', async () => {
  const response = await fetch(`http://${running.address}/.well-known/authzen-configuration`)
  const served: Record<string, unknown> = JSON.parse(await response.text())
  const { components }: { components: { schemas: Record<string, { required?: string[]; properties?: object }> } } = JSON.parse(
    JSON.stringify(openApiDocument()),
  )
  const schema = components.schemas['AuthzenMetadata']
  expect([response.status, Object.keys(served)]).toEqual([200, schema?.required])
  expect(Object.keys(paths)).toEqual(
    expect.arrayContaining(['/.well-known/authzen-configuration', '/access/v1/evaluation', '/beta/litellm_basic_guardrail_api']),
  )
})

// Bodies that do not come whole, at every HTTP door that takes a document: nothing of them is decided on, and the door goes on.
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { testGatewaySecret } from '@bailiwick/kit/test-config'
import { startService } from './running.ts'
import type { Running } from './running.ts'

let running: Running
const KEY = `x-bailiwick-gateway-key: ${testGatewaySecret('edge')}`
const GUARD = `x-api-key: ${testGatewaySecret('guard')}`
const DOORS = [
  ['/v1/decide', KEY],
  ['/v1/enrich', KEY],
  ['/access/v1/evaluation', KEY],
  ['/access/v1/evaluations', KEY],
  ['/api/check/resources', KEY],
  ['/beta/litellm_basic_guardrail_api', GUARD],
] as const

beforeAll(async () => {
  const models = { resources: ['models'], resource_from: 'fixed', resource: 'models', authentication: 'shared_secret' }
  running = await startService({
    gateways: [
      { name: 'edge', doors: ['v1', 'authzen', 'cerbos'], resource_from: 'request', enrich: true },
      { ...models, name: 'guard', doors: ['litellm'], secret_files: ['./guard.key'] },
    ],
  })
})
afterAll(() => running.close())

/** What came back before the connection ended; `end` says how the client leaves. */
async function send(head: string, body: string, end: 'waits' | 'breaks off'): Promise<string> {
  const socket = connect(Number(running.address.split(':')[1]), '127.0.0.1')
  await once(socket, 'connect')
  const closed = once(socket, 'close')
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
  socket.on('error', () => undefined)
  socket.write(`${head}\r\n\r\n${body}`, () => {
    if (end === 'breaks off') socket.destroy()
  })
  await closed
  return text
}

function start(path: string, key: string, more: string): string {
  return `POST ${path} HTTP/1.1\r\nhost: ${running.address}\r\n${key}\r\ncontent-type: application/json\r\nconnection: close\r\n${more}`
}

const ALLOW = /"effect":"allow"|"decision":true|EFFECT_ALLOW|"action":"(?:NONE|GUARDRAIL_INTERVENED)"/

it.each(DOORS)('%s decides on no body that breaks off', async (path, key) => {
  const allowed = running.journal.records.filter(({ effect }) => effect === 'allow').length
  expect(await send(start(path, key, 'content-length: 1000'), '{"resource":"payments"', 'breaks off')).not.toMatch(ALLOW)
  expect(await send(start(path, key, 'transfer-encoding: chunked'), '5\r\n{"res\r\n', 'breaks off')).not.toMatch(ALLOW)
  expect(running.journal.records.filter(({ effect }) => effect === 'allow').length).toBe(allowed)
})

it.each(DOORS)('%s refuses a coded body, and one that is declared over the limit, and answers before it is sent', async (path, key) => {
  expect(await send(start(path, key, 'content-encoding: gzip\r\ncontent-length: 2'), '{}', 'waits')).toMatch(/^HTTP\/1\.1 (?:200|4\d\d) /)
  const over = await send(start(path, key, 'content-length: 999999999'), '{', 'waits')
  expect(over).toMatch(/^HTTP\/1\.1 (?:413|200) /)
  expect(over).not.toMatch(ALLOW)
})

it.each(DOORS)('%s still answers', async (path, key) => {
  const [name = '', value = ''] = key.split(': ')
  const { status, body } = await running.post(path, {}, { [name]: value })
  expect([200, 400]).toContain(status)
  expect(JSON.stringify(body)).not.toMatch(ALLOW)
})

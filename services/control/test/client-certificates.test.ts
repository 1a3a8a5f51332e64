// Task calls of an agent that proves itself by its certificate, as a front tells of it: with the task's own token, and never by the certificate alone.
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { makeTestAuthority } from '@bailiwick/kit/test-authority'
import { testGatewaySecret } from '@bailiwick/kit/test-config'
import { TASK_TOKEN, delegate, startControlApp } from './control-app.ts'
import type { Body, ControlApp } from './control-app.ts'

const folder = mkdtempSync(join(tmpdir(), 'bailiwick-control-certificates-'))
const authority = makeTestAuthority(folder)
const told = (name: string, san: string): Record<string, string> => ({
  'x-bailiwick-gateway-key': testGatewaySecret('front'),
  'client-cert': `:${new X509Certificate(readFileSync(authority.issue(name, { dns: [san] }).cert)).raw.toString('base64')}:`,
})
const mine = told('mine', 'agent.example.org')
const other = told('other', 'other.example.org')
let app: ControlApp
let task: Body
let token: string

beforeAll(async () => {
  writeFileSync(join(folder, 'front.key'), testGatewaySecret('front'), { mode: 0o600 })
  app = await startControlApp({
    startMs: Date.now(),
    listen: {
      agents: '127.0.0.1:18420',
      gateways: '127.0.0.1:18421',
      operators: '127.0.0.1:18422',
      front: { certificate_header: 'client-cert', secret_files: [join(folder, 'front.key')] },
    },
    clients: [{ id: 'tls-agent', kind: 'agent', authentication: 'tls_client_auth', san: 'agent.example.org', resources: ['tickets', 'payments'] }],
  })
  const made = await delegate(app, { agent: 'tls-agent' })
  task = made.body['task']
  token = made.body['task_token']
})
afterAll(async () => {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
})

const read = (headers: Record<string, string>): Promise<{ status: number; body: Body }> => app.get(`/v1/tasks/${String(task['id'])}`, headers)
const child = (headers: Record<string, string>, change: Record<string, unknown> = {}): Promise<{ status: number; body: Body }> =>
  app.post('/v1/tasks', { client_id: 'tls-agent', subject_token: token, subject_token_type: TASK_TOKEN, resources: ['payments'], ...change }, headers)

it('reads its task, and makes a child of it', async () => {
  expect(await read({ ...mine, 'client-id': 'tls-agent', authorization: `Bearer ${token}` })).toMatchObject({ status: 200, body: { task: { id: task['id'] } } })
  expect(await child(mine)).toMatchObject({ status: 201, body: { task: { parent_id: task['id'] } } })
})

it('is not proved by another certificate, by none, for another client, or without the front’s key', async () => {
  for (const headers of [other, {}, { ...mine, 'x-bailiwick-gateway-key': 'x' }, { 'client-cert': mine['client-cert'] ?? '' }]) {
    expect((await read({ ...headers, 'client-id': 'tls-agent', authorization: `Bearer ${token}` })).status).toBe(401)
    expect((await child(headers)).status).toBe(401)
  }
  expect((await child(mine, { client_id: 'refund-agent' })).status).toBe(401)
  expect((await child(mine, { client_id: undefined })).status).toBe(401)
})

it('opens no task by the certificate alone, and none of another agent', async () => {
  expect((await read({ ...mine, 'client-id': 'tls-agent' })).status).not.toBe(200)
  const foreign = (await delegate(app)).body['task_token']
  expect(await child(mine, { subject_token: foreign })).toMatchObject({ status: 400, body: { reason: 'actor_invalid' } })
})

it('leaves an operator an operator, whatever certificate a front tells of beside its token', async () => {
  expect((await app.get('/v1/tasks', { ...mine, authorization: `Bearer ${app.operatorToken}` })).status).toBe(200)
})

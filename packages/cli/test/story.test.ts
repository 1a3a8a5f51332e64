// The story from the command line alone, against a real service with the story's policies and a plane of its own for each kind of caller:
// delegate, boot, be allowed, be denied and told why, be revoked.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, generateKeyPair } from 'jose'
import type { JWK } from 'jose'
import { systemClock } from '@bailiwick/core'
import { startTestIssuer } from '@bailiwick/kit/test-issuer'
import type { TestIssuer } from '@bailiwick/kit/test-issuer'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { run } from './run.ts'
import type { Ran } from './run.ts'
import { freePort, ROOT, startServing } from './served.ts'
import type { Served } from './served.ts'

let folder: string
let issuer: TestIssuer
let served: Served | undefined
const put = (name: string, content: string): void => writeFileSync(join(folder, name), content, { mode: 0o600 })
const cli = (...args: readonly string[]): Promise<Ran> => run(args, { cwd: folder })

async function clientKeys(id: string): Promise<{ readonly keys: readonly JWK[] }> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const named = { kid: `${id}-1`, alg: 'ES256' }
  put(`${id}.key`, JSON.stringify({ ...(await exportJWK(privateKey)), ...named }))
  return { keys: [{ ...(await exportJWK(publicKey)), ...named, use: 'sig' }] }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-story-'))
  issuer = await startTestIssuer({ clock: systemClock })
  const [agents, gateways, operators] = [await freePort(), await freePort(), await freePort()]
  put('edge.key', 'edge-Zk3v9QmT7xLw2RbN8sYpC5uHdJ4f')
  // JSON is YAML.
  const config = {
    issuer: `http://127.0.0.1:${agents}`,
    listen: { agents: `127.0.0.1:${agents}`, gateways: `127.0.0.1:${gateways}`, operators: `127.0.0.1:${operators}` },
    policy: { engine: 'supervised', directory: join(ROOT, 'policies') },
    development: true,
    identity: { issuers: [{ alias: 'corp', issuer: issuer.issuer, audiences: ['support-portal'], token_types: ['id_token'], algorithms: ['ES256'] }] },
    clients: [
      {
        id: 'support-portal',
        kind: 'launcher',
        authentication: 'private_key_jwt',
        jwks: await clientKeys('support-portal'),
        may_launch: true,
        acts_for: ['corp'],
      },
      { id: 'refund-agent', kind: 'agent', authentication: 'private_key_jwt', jwks: await clientKeys('refund-agent'), resources: ['tickets', 'payments'] },
    ],
    resources: ['tickets', 'payments'].map((name) => ({ name, kind: 'mcp', uri: `https://${name}.example.com/mcp` })),
    profiles: [
      {
        name: 'directory',
        type: 'static',
        attributes: { refund_limit_cents: 'refund_limit_cents' },
        roles: { from: 'groups', map: { 'tier-1-support': 'tier-1-support' } },
        active: 'active',
        subjects: { 'corp:alice': { refund_limit_cents: 5000, groups: ['tier-1-support'], active: true } },
      },
    ],
    gateways: [
      {
        name: 'edge',
        doors: ['v1'],
        resources: ['tickets', 'payments'],
        resource_from: 'request',
        authentication: 'shared_secret',
        secret_files: ['./edge.key'],
      },
    ],
    audit: { clear_arguments: ['amount_cents'], profile_attributes: ['refund_limit_cents'] },
    log: { level: 'error' },
  }
  put('bailiwick.yaml', JSON.stringify(config, null, 2))
  put('alice.jwt', await issuer.idToken({ sub: 'alice' }))
  for (const [name, cents] of [
    ['small', 4_000],
    ['big', 900_000],
  ] as const) {
    const params = { name: 'refund_issue', arguments: { ticket_id: 'T-1042', amount_cents: cents } }
    put(`${name}.json`, JSON.stringify({ resource: 'payments', mcp: { method: 'tools/call', version: '2025-06-18', params } }))
  }
  served = await startServing(folder)
}, 60_000)
afterAll(async () => {
  await served?.kill()
  await issuer.stop()
  rmSync(folder, { recursive: true, force: true })
})

it('goes from the delegation to the denied call, and every secret stays in its file', { timeout: 90_000 }, async () => {
  const ran: Ran[] = []
  const step = async (expected: { readonly code: number; readonly out?: RegExp; readonly err?: RegExp }, ...args: readonly string[]): Promise<Ran> => {
    const done = await cli(...args)
    ran.push(done)
    expect(done, args.join(' ')).toMatchObject({ code: expected.code })
    if (expected.out !== undefined) expect(done.out).toMatch(expected.out)
    if (expected.err !== undefined) expect(done.err).toMatch(expected.err)
    return done
  }
  const portal = ['--client', 'support-portal', '--client-key', 'support-portal.key', '--subject-token-file', 'alice.jwt']
  const agent = ['--client', 'refund-agent', '--client-key', 'refund-agent.key', '--subject-token-file', 'refund.task']
  const gateway = ['--runtime-token-file', 'tokens/payments.token', '--gateway-key-file', 'edge.key']

  await step({ code: 0, out: /fit to run/ }, 'doctor')
  const what = ['--agent', 'refund-agent', '--resource', 'payments', '--resource', 'tickets', '--bind', 'ticket_id=T-1042', '--lifetime', '10m']
  const created = await step({ code: 0 }, 'task', 'create', ...portal, ...what, '-o', 'refund.task', '--json')
  const { task } = JSON.parse(created.out) as { task: { id: string } }
  await step({ code: 0, out: /payments +issued/ }, 'token', 'batch', ...agent, '-o', 'tokens')
  await step({ code: 3, err: /denied {2}target_refused\n +why/ }, 'token', 'exchange', ...agent, '--resource', 'payroll')
  await step({ code: 0, out: /yes: our key/ }, 'token', 'inspect', 'tokens/payments.token', '--config', 'bailiwick.yaml')
  await step({ code: 0, out: /verdict +allow/ }, 'decide', 'small.json', ...gateway)
  await step({ code: 3, out: /why +tier-1-support refund cap exceeded\nremediation +.*approvers_role: tier-2-lead/ }, 'decide', 'big.json', ...gateway)
  const explained = ran.at(-1)?.out ?? ''
  expect(explained).toMatch(/added +roles: tier-1-support\n +refund_limit_cents: 5000 {2}from directory\n +source directory: \w+/)
  expect(explained).toMatch(/arguments {"amount_cents":900000,"ticket_id":"(?!T-1042)/)
  expect(explained).toMatch(/rule +resource.mcp_payments.vdefault#refund-tier-1/)
  expect(explained).toContain('The agent sees')
  await step({ code: 3, err: /gateway_unauthenticated/ }, 'decide', 'small.json', '--runtime-token-file', 'tokens/payments.token')
  await step({ code: 0, out: new RegExp(task.id) }, 'task', 'list', '--state', 'active')
  await step({ code: 0, out: /would end 1 live task/ }, 'revoke', 'task', task.id, '--reason', 'wrong ticket', '--dry-run')
  await step({ code: 0, out: /^confirmed {2}rev_/ }, 'revoke', 'task', task.id, '--reason', 'wrong ticket', '--wait')
  await step({ code: 3, out: /verdict +deny {2}task_revoked/ }, 'decide', 'small.json', ...gateway)
  await step({ code: 3, err: /task_revoked/ }, 'token', 'exchange', ...agent, '--resource', 'payments')
  await step({ code: 0, out: /state +revoked[^]*because +wrong ticket/ }, 'task', 'show', task.id)
  const second = ['--agent', 'refund-agent', '--resource', 'tickets', '-o', 'second.task', '--json']
  const done = await step({ code: 0 }, 'task', 'create', ...portal, ...second)
  const { task: other } = JSON.parse(done.out) as { task: { id: string } }
  await step({ code: 3, err: /policy_denied/ }, 'task', 'complete', other.id)
  const itself = ['--client', 'refund-agent', '--client-key', 'refund-agent.key', '--subject-token-file', 'second.task']
  await step({ code: 0, out: /^completed {2}task_/ }, 'task', 'complete', other.id, ...itself)
  const tail = await step({ code: 0 }, 'decisions', 'tail', '--kind', 'decision', '--effect', 'deny', '--json')
  const denied = tail.out
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { reason: string }).reason)
  expect(denied).toEqual(['policy_denied', 'task_revoked'])
  await step({ code: 0, out: /chain +verified/ }, 'audit', 'verify')

  const everything = ran.map(({ out, err }) => out + err).join('')
  for (const file of ['refund.task', 'tokens/payments.token', 'alice.jwt', 'edge.key', 'data/operator.token']) {
    expect(everything).not.toContain(readFileSync(join(folder, file), 'utf8').trim())
  }
  expect(everything).not.toMatch(/eyJ[A-Za-z0-9_-]{20}/)
})

// Each check on its own, with one thing wrong; the whole of it runs against a real service in story.test.ts.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BailiwickConfig } from '@bailiwick/config'
import { openJournal } from '@bailiwick/audit'
import { testClock } from '@bailiwick/kit/clock'
import { startMcpServer } from '@bailiwick/kit/mcp-server'
import { tryTestConfig } from '@bailiwick/kit/test-config'
import type { ConfigPatch } from '@bailiwick/kit/test-config'
import { startTestIssuer } from '@bailiwick/kit/test-issuer'
import { openDatabase } from '@bailiwick/sqlite'
import { openSqliteTaskStore } from '@bailiwick/task-state'
import { openKeyRing } from '@bailiwick/tokens'
import { makeToolsFile, toListedTool, writeToolsFile } from '@bailiwick/tool-schemas'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { adviseGateways } from '../src/doctor/advise-gateways.ts'
import { checkConfiguration } from '../src/doctor/check-configuration.ts'
import { checkDataFolder } from '../src/doctor/check-data-folder.ts'
import { checkIssuers } from '../src/doctor/check-issuers.ts'
import { checkKeys } from '../src/doctor/check-keys.ts'
import { checkPolicy } from '../src/doctor/check-policy.ts'
import { checkService } from '../src/doctor/check-service.ts'
import { checkAudit, checkStore } from '../src/doctor/check-store.ts'
import { checkTools } from '../src/doctor/check-tools.ts'
import { recordInto } from '../src/doctor/finding.ts'
import type { Finding, Recorder } from '../src/doctor/finding.ts'
import { run } from './run.ts'

let folder: string
const clock = testClock()
const now = clock.nowMs() / 1000
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-doctor-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function config(patch: ConfigPatch = {}): BailiwickConfig {
  const result = tryTestConfig(patch, { directory: folder })
  if (!result.ok) throw new Error('the configuration of this test is not valid')
  return result.config
}

async function found(check: (recorder: Recorder) => unknown): Promise<Readonly<Record<string, Finding>>> {
  const findings: Finding[] = []
  await check(recordInto(findings, 'store'))
  // Whatever is not in order says what it costs.
  for (const finding of findings) if (finding.status !== 'ok') expect(finding.costs, finding.check).toMatch(/\w/)
  return Object.fromEntries(findings.map((finding) => [finding.check, finding]))
}

const statuses = (findings: Readonly<Record<string, Finding>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(findings).map(([check, { status }]) => [check, status]))

async function makeData(): Promise<void> {
  mkdirSync(join(folder, 'data'), { mode: 0o700 })
  const journal = await openJournal({ file: join(folder, 'data/audit.db'), node: 'n', clock })
  const store = await openSqliteTaskStore({ file: join(folder, 'data/bailiwick.db'), ledger: journal.ledger, clock })
  await journal.append({
    kind: 'decision',
    decision_id: 'dec_01939f00-0000-7000-8000-000000000001',
    effect: 'deny',
    reason: 'token_missing',
    plane: 'gateways',
    door: 'x',
  })
  await store.close()
  await journal.close()
}

describe('the configuration', () => {
  it('that others can write is refused', async () => {
    writeFileSync(join(folder, 'bailiwick.yaml'), '', { mode: 0o600 })
    const loaded = config()
    expect((await found((to) => checkConfiguration(loaded, to)))['config.file']).toMatchObject({ status: 'ok' })
    chmodSync(join(folder, 'bailiwick.yaml'), 0o666)
    expect((await found((to) => checkConfiguration(loaded, to)))['config.file']).toMatchObject({
      status: 'refuse',
      mend: `chmod go-w ${join(folder, 'bailiwick.yaml')}`,
    })
  })

  it('with development on, shadowed resources or one operator is told so', async () => {
    const findings = await found((to) => checkConfiguration(config({ resources: [{ name: 'crm', mode: 'shadow' }] }), to))
    expect(statuses(findings)).toMatchObject({ 'config.development': 'warn', 'config.shadow': 'warn', 'config.operators': 'advice' })
  })
})

describe('the data folder', () => {
  it('that is not there yet is no fault, and is not made', async () => {
    let mayOpen = true
    expect(statuses(await found((to) => void (mayOpen = checkDataFolder(config(), to))))).toMatchObject({ 'data.folder': 'advice', 'disk.free': 'ok' })
    expect(mayOpen).toBe(false)
  })

  it('with everything closed is in order', async () => {
    await makeData()
    expect(statuses(await found((to) => checkDataFolder(config(), to)))).toEqual({
      'data.folder': 'ok',
      'data.files': 'ok',
      'disk.local': 'ok',
      'disk.free': 'ok',
    })
  })

  it.each([
    ['itself', '.', 0o755, 'data.folder'],
    ['with an open store', 'bailiwick.db', 0o644, 'data.files'],
    ['with an open operator token', 'operator.token', 0o604, 'data.files'],
    ['with an open key', 'keys/k.json', 0o640, 'data.files'],
  ])('%s is refused', async (_what, name, mode, check) => {
    await makeData()
    mkdirSync(join(folder, 'data/keys'), { mode: 0o700 })
    for (const file of ['operator.token', 'keys/k.json']) writeFileSync(join(folder, 'data', file), 'x', { mode: 0o600 })
    chmodSync(join(folder, 'data', name), mode)
    const findings = await found((to) => checkDataFolder(config(), to))
    expect(findings[check]).toMatchObject({ status: 'refuse', mend: expect.stringContaining(join(folder, 'data', name)) })
  })

  it('on a disk with too little room is refused', async () => {
    await makeData()
    expect((await found((to) => checkDataFolder(config({ audit: { reserved: '64GiB' } }), to)))['disk.free']?.status).toMatch(/warn|refuse|ok/)
    const { audit, ...rest } = config()
    expect((await found((to) => checkDataFolder({ ...rest, audit: { ...audit, reservedBytes: Number.MAX_SAFE_INTEGER } }, to)))['disk.free']).toMatchObject({
      status: 'refuse',
    })
  })
})

describe('the store and the audit', () => {
  it('are whole, WAL and FULL, with a chain that holds', async () => {
    await makeData()
    expect(statuses(await found((to) => checkStore(config(), clock, to)))).toEqual({
      'store.integrity': 'ok',
      'store.journal_mode': 'ok',
      'store.synchronous': 'ok',
    })
    expect(statuses(await found((to) => checkAudit(config(), to)))).toEqual({
      'audit.integrity': 'ok',
      'audit.journal_mode': 'ok',
      'audit.synchronous': 'ok',
      'audit.chain': 'ok',
    })
  })

  it('that are not there yet are no fault', async () => {
    expect(statuses({ ...(await found((to) => checkStore(config(), clock, to))), ...(await found((to) => checkAudit(config(), to))) })).toEqual({
      'store.file': 'advice',
      'audit.file': 'advice',
    })
  })

  it('cut short, or overwritten, are refused', async () => {
    await makeData()
    rmSync(join(folder, 'data/bailiwick.db-wal'), { force: true })
    truncateSync(join(folder, 'data/bailiwick.db'), 8192)
    expect((await found((to) => checkStore(config(), clock, to)))['store.integrity']).toMatchObject({ status: 'refuse' })
    writeFileSync(join(folder, 'data/bailiwick.db'), 'this is no database, whatever its name says '.repeat(100))
    expect((await found((to) => checkStore(config(), clock, to)))['store.integrity']).toMatchObject({ status: 'refuse' })
  })

  it('in another journal mode are refused', async () => {
    await makeData()
    const db = openDatabase({ file: join(folder, 'data/bailiwick.db'), timeoutMs: 100 })
    db.exec('PRAGMA journal_mode = DELETE')
    db.close()
    expect((await found((to) => checkStore(config(), clock, to)))['store.journal_mode']).toMatchObject({ status: 'refuse' })
  })

  it('with a changed record are refused at that record', async () => {
    await makeData()
    const db = openDatabase({ file: join(folder, 'data/audit.db'), timeoutMs: 100 })
    db.exec(`UPDATE record SET body = replace(body, 'token_missing', 'token_expired')`)
    db.close()
    expect((await found((to) => checkAudit(config(), to)))['audit.chain']).toMatchObject({
      status: 'refuse',
      says: expect.stringContaining('breaks at record'),
    })
  })
})

describe('the keys', () => {
  const make = async (): Promise<void> => {
    await (await openKeyRing({ directory: join(folder, 'data/keys'), issuer: 'http://127.0.0.1:8420', algorithm: 'ES256', clock })).close()
  }
  it('are in order when one signs, and say until when to rotate', async () => {
    await make()
    const findings = await found((to) => checkKeys(config(), now, to))
    expect(statuses(findings)).toEqual({ 'keys.files': 'ok', 'keys.present': 'ok', 'keys.age': 'ok' })
    expect(findings['keys.age']?.says).toContain('rotate before 2027-02-18')
  })

  it('that sign for more than 90 days are warned of', async () => {
    await make()
    expect((await found((to) => checkKeys(config(), now + 91 * 86_400, to)))['keys.age']).toMatchObject({
      status: 'warn',
      mend: expect.stringContaining('keys rotate'),
    })
  })

  it('with a file that is none are refused', async () => {
    await make()
    writeFileSync(join(folder, 'data/keys', `${'A'.repeat(43)}.json`), '{}', { mode: 0o600 })
    expect((await found((to) => checkKeys(config(), now, to)))['keys.files']).toMatchObject({ status: 'refuse' })
  })

  it('before the first start are no fault', async () => {
    expect(statuses(await found((to) => checkKeys(config(), now, to)))).toEqual({ 'keys.present': 'advice' })
  })
})

describe('the issuers', () => {
  const realFetch = (url: URL, init: RequestInit): Promise<Response> => fetch(url, init)
  const dated = (offsetMs: number) => async (url: URL, init: RequestInit) => {
    const response = await fetch(url, init)
    return new Response(await response.text(), { status: response.status, headers: { date: new Date(clock.nowMs() + offsetMs).toUTCString() } })
  }

  it('that answer with their keys and our time are in order', async () => {
    const issuer = await startTestIssuer({ clock })
    const loaded = config({ identity: { issuers: [{ alias: 'corp', issuer: issuer.issuer }] } })
    expect(statuses(await found((to) => checkIssuers(loaded, { fetch: dated(0), clock }, to)))).toEqual({
      'issuer.corp.reachable': 'ok',
      'issuer.corp.clock': 'ok',
    })
    for (const [offset, status] of [
      [20_000, 'warn'],
      [-40_000, 'refuse'],
      [40_000, 'refuse'],
    ] as const) {
      expect((await found((to) => checkIssuers(loaded, { fetch: dated(offset), clock }, to)))['issuer.corp.clock'], String(offset)).toMatchObject({ status })
    }
    await issuer.stop()
    expect(statuses(await found((to) => checkIssuers(loaded, { fetch: realFetch, clock }, to)))).toEqual({
      'issuer.corp.reachable': 'refuse',
      'issuer.corp.clock': 'unknown',
    })
  })

  it.each([
    ['name another issuer', { issuer: 'https://evil.example.com', jwks_uri: 'http://127.0.0.1:8422/jwks' }],
    ['have no key set', { issuer: 'http://127.0.0.1:8422' }],
  ])('whose documents %s are refused', async (_what, document) => {
    const answer = (): Promise<Response> =>
      Promise.resolve(new Response(JSON.stringify(document), { headers: { date: new Date(clock.nowMs()).toUTCString() } }))
    expect((await found((to) => checkIssuers(config(), { fetch: answer, clock }, to)))['issuer.corp.reachable']).toMatchObject({ status: 'refuse' })
  })

  it('that send no time are not taken for right', async () => {
    const answer = (): Promise<Response> => Promise.resolve(new Response('{}'))
    expect((await found((to) => checkIssuers(config(), { fetch: answer, clock }, to)))['issuer.corp.clock']).toMatchObject({ status: 'unknown' })
  })
})

describe('the service', () => {
  const answering = (body: string) => (): Promise<Response> => Promise.resolve(new Response(body))
  const refused = (): Promise<Response> =>
    Promise.reject(Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) }))
  it.each([
    ['that is ready is in order', answering('{"status":"ready"}'), 'ok'],
    ['that is not ready is refused', answering('{"status":"not_ready","problems":[{"check":"policy","problem":"gone"}]}'), 'refuse'],
    ['that is something else is refused', answering('<html>'), 'refuse'],
    ['that does not run is no fault', refused, 'advice'],
    ['that says nothing is unknown', () => Promise.reject(new Error('timed out')), 'unknown'],
  ])('%s', async (_what, answer, status) => {
    expect(statuses(await found((to) => checkService(config(), answer, to)))).toEqual({ 'service.shared': status })
  })
})

describe('the policies', () => {
  it('that do not compile are refused with their place, and an engine on them is not taken for right', async () => {
    const policies = join(folder, 'policies')
    mkdirSync(policies)
    writeFileSync(
      join(policies, 'bad.yaml'),
      'apiVersion: api.cerbos.dev/v1\nresourcePolicy:\n  resource: x\n  version: default\n  rules:\n    - actions: [a]\n      effect: EFFECT_ALOW\n      roles: [user]\n',
    )
    const findings = await found((to) => checkPolicy(config({ policy: { directory: policies } }), to))
    expect(findings['policy.compiles']).toMatchObject({ status: 'refuse', says: expect.stringMatching(/bad\.yaml:7:\d+ .*EFFECT_ALOW/) })
    expect(findings['policy.enforces']).toMatchObject({ status: 'unknown' })
  })

  it('without the canary are refused: nothing would show that schemas are enforced', { timeout: 40_000 }, async () => {
    const policies = join(folder, 'policies')
    mkdirSync(policies)
    const findings = await found((to) => checkPolicy(config({ policy: { directory: policies } }), to))
    expect(findings['policy.enforces']).toMatchObject({ status: 'refuse', says: expect.stringContaining('canary') })
  })

  it('of an engine elsewhere that is not there are refused', async () => {
    const findings = await found((to) => checkPolicy(config({ policy: { engine: 'grpc', address: '127.0.0.1:1', directory: null } }), to))
    expect(statuses(findings)).toEqual({ 'policy.compiles': 'unknown', 'policy.enforces': 'refuse' })
  })
})

describe('the gateways', () => {
  it('get advice by their door and dialect, with the sizes and times of this configuration', async () => {
    const findings = await found((to) =>
      adviseGateways(
        config({ limits: { decision: '90ms', mcp_body: '2MiB' }, gateways: [{ name: 'edge', dialect: 'agentgateway', resources: ['payments'] }] }),
        to,
      ),
    )
    expect(Object.values(findings).every(({ status }) => status === 'advice')).toBe(true)
    expect(findings['gateway.edge.timeout']?.says).toContain('there is none by default')
    expect(findings['gateway.edge.cache']).toBeDefined()
    expect(findings['gateway.edge.body']?.says).toContain(String(2 * 1024 * 1024))
    expect(findings['gateway.local.v1.timeout']?.says).toContain('90 ms')
    expect(findings['gateways.probe']).toBeDefined()
  })

  it('are missed when there are none', async () => {
    expect(statuses(await found((to) => adviseGateways(config({ gateways: [] }), to)))).toEqual({ gateways: 'warn' })
  })
})

describe('doctor', () => {
  it('refuses a configuration that does not load, names every problem, and takes nothing else for right', async () => {
    writeFileSync(join(folder, 'bailiwick.yaml'), 'issuer: http://127.0.0.1:8420\ndevelopmnt: true\n')
    const { code, out } = await run(['doctor', '--json'], { cwd: folder })
    expect(code).toBe(1)
    const report = JSON.parse(out) as { ok: boolean; counts: Record<string, number>; findings: Finding[] }
    expect(report).toMatchObject({ ok: false, counts: { ok: 0, refuse: expect.any(Number), unknown: 9 } })
    expect(report.findings.map(({ says }) => says).join()).toContain('did you mean development?')
  })

  it('fails where there is no configuration', async () => {
    const { code, out } = await run(['doctor'], { cwd: folder })
    expect([code, out]).toEqual([1, expect.stringContaining('not fit to run: 1 refuse, 9 unknown')])
    expect(out).toContain('name one with --config')
    expect(out.split('not checked')).toHaveLength(2)
  })

  it.each([
    [[], 1],
    [['--allow-unknown'], 0],
    [['--allow-unknown', '--strict'], 1],
  ])('with %j on what is only unknown and warned of exits %i', { timeout: 40_000 }, async (flags, code) => {
    const policies = new URL('../../../policies', import.meta.url).pathname
    // Port 0: nothing can be asked. Development: a warning.
    writeFileSync(
      join(folder, 'bailiwick.yaml'),
      `issuer: http://127.0.0.1:8420\nlisten: 127.0.0.1:0\ndevelopment: true\npolicy: { engine: supervised, directory: ${policies} }\n`,
      { mode: 0o600 },
    )
    expect(await run(['doctor', ...flags], { cwd: folder })).toMatchObject({ code })
  })
})

describe('pinned tools', () => {
  const definition = { name: 'refund_status', description: 'Tells how a refund stands.', inputSchema: { type: 'object' as const } }
  const of = (url: string, more: object = {}): BailiwickConfig =>
    config({ resources: [{ name: 'payments', tools: { file: './payments.tools.json', url, ...more } }] })
  const write = (description: string): void => {
    const listed = toListedTool({ ...definition, description })
    if (listed === undefined) throw new Error('fixture')
    writeFileSync(join(folder, 'payments.tools.json'), writeToolsFile(makeToolsFile('payments', [{ ...listed, unchecked: [] }])), { mode: 0o644 })
  }

  it('are as the server lists them, or a warning says what that costs', async () => {
    const server = await startMcpServer([definition])
    try {
      write(definition.description)
      expect(statuses(await found((recorder) => checkTools(of(server.url), recorder)))).toMatchObject({
        'tools.payments.file': 'ok',
        'tools.payments.server': 'ok',
      })
      write('Another sentence.')
      expect(statuses(await found((recorder) => checkTools(of(server.url), recorder)))).toMatchObject({ 'tools.payments.server': 'warn' })
    } finally {
      await server.close()
    }
    expect(statuses(await found((recorder) => checkTools(of(server.url), recorder)))).toMatchObject({ 'tools.payments.server': 'advice' })
    expect(statuses(await found((recorder) => checkTools(of(server.url, { refresh: '5m' }), recorder)))).toMatchObject({ 'tools.payments.server': 'unknown' })
  })

  it('that cannot be enforced stop the start', async () => {
    writeFileSync(join(folder, 'payments.tools.json'), '{}')
    expect(statuses(await found((recorder) => checkTools(of('http://127.0.0.1:1/mcp'), recorder)))).toMatchObject({
      'tools.payments.file': 'refuse',
      'tools.unpinned': 'advice',
    })
  })
})

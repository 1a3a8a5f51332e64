// `bailiwick drill` through the example's gateway, and through one that remembers decisions, as somebody might configure one day.
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '@bailiwick/cli'
import { freePorts } from '../src/household/start-household.ts'
import { TRIAGE_SPIFFE_ID } from '../src/household/write-config.ts'
import { openScene } from './household.ts'
import type { Scene } from './household.ts'

let scene: Scene
let caching: CachingGateway
beforeAll(async () => {
  scene = await openScene()
  const { house, folder } = scene
  const { assertion } = await house.keys.domain.workload(TRIAGE_SPIFFE_ID).prove(house.issuer, Math.floor(Date.now() / 1000))
  writeFileSync(join(folder, 'drill.svid'), assertion, { mode: 0o600 })
  caching = await startCachingGateway(scene.house.gatewayUrl)
}, 60_000)
afterAll(async () => {
  caching.close()
  await scene.close()
})

interface CachingGateway {
  readonly url: string
  /** How long what was allowed stays allowed. */
  ttlMs: number
  close(): void
}

/** Remembers by token and body what the gateway behind it allowed, and answers from memory. */
async function startCachingGateway(behind: string): Promise<CachingGateway> {
  const remembered = new Map<string, { readonly until: number; readonly status: number; readonly body: string }>()
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8')
      const key = `${request.headers.authorization ?? ''} ${body}`
      const hit = remembered.get(key)
      if (hit !== undefined && hit.until > performance.now()) {
        response.writeHead(hit.status, { 'content-type': 'application/json' }).end(hit.body)
        return
      }
      const headers = ['authorization', 'content-type', 'accept', 'mcp-protocol-version'].map((name) => [name, String(request.headers[name])] as const)
      void fetch(`${behind}${request.url}`, { method: 'POST', headers: Object.fromEntries(headers), body }).then(async (answer) => {
        const text = await answer.text()
        if (!text.includes('task_revoked')) remembered.set(key, { until: performance.now() + gateway.ttlMs, status: answer.status, body: text })
        response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'application/json' }).end(text)
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const gateway: CachingGateway = {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    ttlMs: 400,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
  return gateway
}

async function drill(gateway: string, ...more: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const written = { out: '', err: '' }
  const stream = (name: 'out' | 'err'): { write(text: string): void } => ({ write: (text) => void (written[name] += text) })
  const args = ['drill', '--config', scene.house.configFile, '--gateway', `${gateway}/tickets/mcp`, '--resource', 'tickets']
  const code = await runCli({
    args: [...args, '--client', 'triage-agent', '--svid-file', join(scene.folder, 'drill.svid'), ...more],
    env: {},
    cwd: scene.folder,
    stdout: stream('out'),
    stderr: stream('err'),
  })
  return { code, ...written }
}

describe('bailiwick drill', () => {
  it('finds that the example gateway denies the first call after the confirmed revocation', async () => {
    const { code, out } = await drill(scene.house.gatewayUrl)
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(/^denied {2}the first call after the confirmed revocation, \d+\.\d ms after it \(task_revoked\)\n$/),
    })
  })

  it('finds a gateway that remembers, says how long it did, and fails', async () => {
    const { code, out, err } = await drill(caching.url)
    expect(code).toBe(1)
    expect(out).toMatch(/^STILL ALLOWED {2}\d+ calls? w\w+ allowed after the confirmed revocation; the first denial came \d+\.\d ms after it\n$/)
    expect(err).toContain('decision cache')
  })

  it('fails also when no call was denied while it watched', async () => {
    caching.ttlMs = 60_000
    const { code, out } = await drill(caching.url, '--for', '1s', '--json')
    caching.ttlMs = 400
    expect({ code, found: JSON.parse(out) as unknown }).toMatchObject({
      code: 1,
      found: { outcome: 'allowed_after', allowed: expect.any(Number), gateway: `${caching.url}/tickets/mcp` },
    })
    expect(JSON.parse(out)).not.toHaveProperty('ms')
  })

  it('establishes nothing where the route denies from the start, and says why', async () => {
    const { code, out } = await drill(scene.house.gatewayUrl, '--gateway', `${scene.house.gatewayUrl}/payroll/mcp`)
    expect({ code, out }).toEqual({ code: 4, out: 'INCONCLUSIVE  before the revocation the call was denied: wrong_resource\n' })
  })

  it('establishes nothing where no gateway answers', async () => {
    const { code, out } = await drill('http://127.0.0.1:1')
    expect({ code, out }).toEqual({ code: 4, out: 'INCONCLUSIVE  before the revocation the gateway cannot be reached\n' })
  })

  it('runs on, and serves what it found as metrics', async () => {
    const { gateway: port } = await freePorts()
    const running = drill(scene.house.gatewayUrl, '--every', '1s', '--rounds', '3', '--metrics', `127.0.0.1:${port}`)
    await expect
      .poll(async () => await (await fetch(`http://127.0.0.1:${port}/metrics`)).text(), { timeout: 10_000 })
      .toMatch(
        /bailiwick_drill_rounds_total\{resource="tickets",outcome="denied"\} [1-3]\n[^]*bailiwick_drill_denial_seconds_count\{resource="tickets"\} [1-3]\n/,
      )
    const { code, out } = await running
    expect({ code, rounds: out.trim().split('\n').length }).toEqual({ code: 0, rounds: 3 })
  })

  it('leaves no task of its own alive', async () => {
    const { operatorToken, urls } = scene.house.bailiwick
    const token = operatorToken.token ?? readFileSync(operatorToken.path, 'utf8').trim()
    const answer = await fetch(`${urls.operators}/v1/tasks?state=active`, { headers: { authorization: `Bearer ${token}` } })
    const { items } = (await answer.json()) as { readonly items: readonly { readonly purpose?: string }[] }
    expect(items.filter(({ purpose }) => purpose === 'revocation drill')).toEqual([])
  })
})

describe('bailiwick doctor --probe', () => {
  async function probe(gateway: string): Promise<{ readonly code: number; readonly found: Readonly<Record<string, string>> }> {
    let out = ''
    const { house, folder } = scene
    const { assertion } = await house.keys.domain.workload(TRIAGE_SPIFFE_ID).prove(house.issuer, Math.floor(Date.now() / 1000))
    writeFileSync(join(folder, 'probe.svid'), assertion, { mode: 0o600 })
    const args = ['doctor', '--json', '--config', house.configFile, '--probe', `${gateway}/tickets/mcp`, '--resource', 'tickets']
    const code = await runCli({
      args: [...args, '--client', 'triage-agent', '--svid-file', join(folder, 'probe.svid')],
      env: {},
      cwd: folder,
      stdout: { write: (text) => void (out += text) },
      stderr: { write: () => undefined },
    })
    const { findings }: { findings: readonly { check: string; status: string }[] } = JSON.parse(out)
    return { code, found: Object.fromEntries(findings.map(({ check, status }) => [check, status])) }
  }

  it('finds that the example gateway asks every time', async () => {
    expect(await probe(scene.house.gatewayUrl)).toEqual({ code: 0, found: { 'gateway.probe': 'ok', 'gateway.probe_records': 'ok' } })
  })

  it('finds a gateway that remembers, by what it let through and by what is in no record', async () => {
    caching.ttlMs = 400
    expect(await probe(caching.url)).toEqual({ code: 1, found: { 'gateway.probe': 'refuse', 'gateway.probe_records': 'refuse' } })
  }, 30_000)

  it('knows nothing of a gateway that is not there', async () => {
    expect(await probe('http://127.0.0.1:9')).toEqual({ code: 1, found: { 'gateway.probe': 'unknown' } })
  })
})

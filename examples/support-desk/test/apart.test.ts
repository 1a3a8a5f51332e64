// The support desk's programs as docker-compose.yml runs them, as far as that goes in one process: what is prepared fits Bailiwick and stays with whom it
// belongs, certificates hold for their names alone, servers know their gateway by its address, and a refusal keeps its reason on the way through an errand.
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BailiwickDenied } from '@bailiwick/client'
import { loadConfig } from '@bailiwick/config'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { runErrand, serveErrand } from '../src/apart/errands.ts'
import { serve } from '../src/listening.ts'
import { cameFrom } from '../src/mcp/admission.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const PREPARE = fileURLToPath(new URL('../src/apart/prepare.ts', import.meta.url))
const prepare = (desk: string): string => execFileSync(process.execPath, [PREPARE], { env: { DESK: desk }, encoding: 'utf8' })

let desk: string
beforeAll(() => {
  desk = mkdtempSync(join(tmpdir(), 'bailiwick-desk-'))
  prepare(desk)
})
afterAll(() => rmSync(desk, { recursive: true, force: true }))

const textOf = (name: string): string => readFileSync(join(desk, name), 'utf8')

describe('what is prepared', () => {
  it('is a configuration Bailiwick takes, with the environment docker-compose.yml gives it', () => {
    const compose = parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true }) as {
      readonly services: { readonly bailiwick: { readonly environment: Readonly<Record<string, string>> } }
    }
    const { BAILIWICK_CONFIG: _, BAILIWICK_GATEWAYS_EDGE_SECRET: __, NODE_EXTRA_CA_CERTS: ___, ...written } = compose.services.bailiwick.environment
    // What may be left unset has its default in the file.
    const env = Object.fromEntries(Object.entries(written).map(([name, value]) => [name, value.replace(/^\$\{\w+:-(.*)\}$/, '$1')]))
    const loaded = loadConfig({ file: join(desk, 'config/bailiwick.yaml'), env: { ...env, BAILIWICK_GATEWAYS_EDGE_SECRET: randomBytes(32).toString('hex') } })
    expect(loaded.ok ? [] : loaded.problems).toEqual([])
    expect(loaded).toMatchObject({ ok: true, config: { issuer: 'https://bailiwick.example.internal:8444' } })
  })

  it('names only files that lie beside it: nothing else is mounted where Bailiwick runs', () => {
    const text = textOf('config/bailiwick.yaml')
    expect(text).not.toContain(ROOT)
    const named = [...text.matchAll(/: (\.\/\S+)$/gm)].map(([, name = '']) => name)
    expect(named.length).toBeGreaterThan(3)
    expect(named.filter((name) => !existsSync(join(desk, 'config', name)))).toEqual([])
  })

  it('gives each party its own private key and nobody another’s, unreadable to others', () => {
    const holders = readdirSync(desk, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(desk, name)).isFile())
    const secret = holders.filter((name) => /"d":|PRIVATE KEY/.test(textOf(name)))
    expect(secret.sort()).toEqual([
      'agents/refund-agent.jwk.json',
      'agents/trust-domain.jwk.json',
      'idp/tls.key',
      'portal/support-portal.jwk.json',
      'tls/tls.key',
    ])
    for (const name of holders) expect(statSync(join(desk, name)).mode & 0o077, name).toBe(0)
  })

  it('is left alone by a second run', () => {
    const before = textOf('agents/refund-agent.jwk.json')
    expect(prepare(desk)).toContain('prepared before')
    expect(textOf('agents/refund-agent.jwk.json')).toBe(before)
  })

  it('has a certificate that holds for the names of the gateway and for no other', async () => {
    const running = await serve({ port: 0, tls: { cert: textOf('tls/tls.crt'), key: textOf('tls/tls.key') } }, (_request, response) => response.end())
    const ask = (servername: string): Promise<string> =>
      new Promise((resolve) => {
        const sent = request(running.url, { ca: textOf('agents/ca.crt'), servername, agent: false }, (response) => {
          response.resume()
          resolve('trusted')
        })
        sent.on('error', (error) => resolve('code' in error ? String(error.code) : error.message))
        sent.end()
      })
    try {
      expect(await ask('gateway.example.internal')).toBe('trusted')
      expect(await ask('bailiwick.example.internal')).toBe('trusted')
      expect(await ask('idp.example.internal')).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
    } finally {
      await running.close()
    }
  })
})

describe('a server that knows its gateway by its address', () => {
  it.each([
    ['127.0.0.1', 200],
    ['192.0.2.1', 403],
  ])('whose gateway is %s answers %d to a call from here', async (gateway, status) => {
    const admits = cameFrom(gateway)
    const running = await serve(0, (incoming, response) => {
      void Promise.resolve(admits(incoming)).then((admitted) => response.writeHead(admitted ? 200 : 403).end())
    })
    try {
      expect((await fetch(running.url)).status).toBe(status)
    } finally {
      await running.close()
    }
  })
})

it('an errand brings back what was answered, and a refusal as the refusal it is', async () => {
  const socket = join(desk, 'portal.sock')
  const denial = { reason: 'held', message: 'New work is on hold.', retryable: false }
  const server = await serveErrand(socket, (input) => (input === 'work' ? Promise.resolve({ id: 'task_1' }) : Promise.reject(new BailiwickDenied(denial))))
  try {
    expect(await runErrand(socket, 'work')).toEqual({ id: 'task_1' })
    await expect(runErrand(socket, 'more')).rejects.toMatchObject({ name: 'BailiwickDenied', denial })
  } finally {
    server.close()
  }
})

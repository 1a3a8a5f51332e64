// docker-compose.apart.yml, read as a file: who can reach whom, what each container is, and that the environment of every node makes a valid configuration
// with the bailiwick.yaml the runbook shows. No Docker is needed, and none is asked.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { formatProblems, parseConfig } from '@bailiwick/config'
import type { BailiwickConfig } from '@bailiwick/config'
import { makeTestAuthority } from '@bailiwick/kit/test-authority'

interface Service {
  readonly image?: string
  readonly user?: string
  readonly read_only?: boolean
  readonly cap_drop?: readonly string[]
  readonly cap_add?: readonly string[]
  readonly security_opt?: readonly string[]
  readonly ports?: readonly unknown[]
  readonly network_mode?: string
  readonly networks?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly volumes?: readonly (string | { readonly source: string; readonly target: string })[]
  readonly command?: readonly string[]
  readonly healthcheck?: { readonly test?: readonly string[] }
}

const textOf = (name: string): string => readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8')
const compose = parse(textOf('docker-compose.apart.yml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>
  readonly volumes: Readonly<Record<string, unknown>>
}
const services = Object.entries(compose.services)
const NODES = ['control', 'token-exchange', 'enrichment-1', 'enrichment-2'] as const
const volumesOf = (service: Service | undefined): readonly string[] =>
  (service?.volumes ?? []).map((volume) => (typeof volume === 'string' ? volume : `${volume.source}:${volume.target}`))
const SECRET = 'q7Wm2ZxTn9Lf4KcR8vHs3YbJ6pGd1EuA'

let folder: string
let sample: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-compose-'))
  for (const name of ['config', 'tls']) mkdirSync(join(folder, name))
  const authority = makeTestAuthority(join(folder, 'tls'))
  for (const name of ['tls', ...NODES]) authority.issue(name, { dns: [name] })
  const [, shown] = /## Containers, apart\n[^]*?```yaml\n([^]*?)```/.exec(textOf('docs/runbook.md')) ?? []
  if (shown === undefined) throw new Error('the runbook shows no bailiwick.yaml for it')
  sample = shown
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What the node would be configured as: mounts stand where this test has put their files, variables without a value get one. */
function configOf(name: string): BailiwickConfig {
  const environment = Object.entries(compose.services[name]?.environment ?? {}).filter(([variable]) => variable.startsWith('BAILIWICK_'))
  const env = Object.fromEntries(
    environment.map(([variable, value]) => [
      variable,
      value
        .replace(/^\$\{\w+:\?.*\}$/, SECRET)
        .replace('/etc/bailiwick-tls', join(folder, 'tls'))
        .replace(/^\/var\/lib/, join(folder, 'data')),
    ]),
  )
  const file = join(folder, 'config/bailiwick.yaml')
  writeFileSync(file, sample)
  const result = parseConfig(sample, { file, env, overrides: {} })
  if (!result.ok) throw new Error(formatProblems(result.problems))
  return result.config
}

describe('docker-compose.apart.yml', () => {
  it('publishes no port and uses no network but those of this file', () => {
    for (const [name, { ports, network_mode: mode, networks }] of services) {
      expect(ports ?? [], name).toEqual([])
      expect(networks === undefined ? mode : 'named', name).toBe(name === 'cerbos' || name === 'redis-volume' ? 'none' : 'named')
      for (const network of networks ?? []) expect(Object.keys(compose.networks), name).toContain(network)
    }
  })

  it('lets agents reach the token service alone, gateways the enrichments alone, and nobody the store or the policy engine', () => {
    const on = (network: string): readonly string[] => services.filter(([, { networks }]) => networks?.includes(network) === true).map(([name]) => name)
    expect(on('agents')).toEqual(['token-exchange'])
    expect(on('gateways')).toEqual(['enrichment-1', 'enrichment-2'])
    expect(on('nodes')).toEqual([...NODES, 'redis'])
    for (const network of ['nodes', 'agents', 'gateways'])
      expect(compose.networks[network]).toEqual({ internal: true, driver_opts: { 'com.docker.network.bridge.inhibit_ipv4': 'true' } })
    expect(on('outside')).not.toContain('redis')
  })

  it('runs everything as somebody who is not root, on a root file system nobody can write to, without capabilities, and asks how it does', () => {
    for (const [name, made] of services) {
      expect(made.user, name).toMatch(/^[1-9]\d*:[1-9]\d*$/)
      expect(made, name).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] })
      expect(made.cap_add ?? [], name).toEqual([])
      // It ends at once.
      if (name !== 'redis-volume') expect(made.healthcheck?.test, name).toBeDefined()
    }
  })

  it('holds no secret and no default for one', () => {
    const named = services.flatMap(([name, { environment = {} }]) => Object.entries(environment).map(([variable, value]) => ({ name, variable, value })))
    const secrets = named.filter(({ variable }) => /SECRET|PASSWORD/.test(variable))
    expect(secrets.length).toBe(2 * NODES.length + 1)
    for (const { name, variable, value } of secrets) expect(value, `${name} ${variable}`).toMatch(/^\$\{BAILIWICK_\w+:\?[^}]+\}$/)
  })

  it('gives every node a data folder of its own, and the signing keys to those that sign', () => {
    const mounts = (name: string): readonly string[] => volumesOf(compose.services[name]).filter((volume) => !volume.endsWith(':ro'))
    for (const name of NODES) expect(mounts(name)).toContain(`${name}-data:/var/lib/bailiwick`)
    const signing = NODES.filter((name) => mounts(name).includes('keys:/var/lib/bailiwick-keys'))
    expect(signing).toEqual(['control', 'token-exchange'])
    for (const [, service] of services)
      for (const volume of volumesOf(service)) {
        const [source = ''] = volume.split(':')
        expect(source.startsWith('${') || source.startsWith('./') || source in compose.volumes, volume).toBe(true)
      }
  })

  it('runs the Cerbos that is tested here, with the enforcement Bailiwick asks for', () => {
    const [, version] = /^ {2}cerbos: (\S+)$/m.exec(textOf('pnpm-workspace.yaml')) ?? []
    expect(compose.services['cerbos']?.image).toBe(`ghcr.io/cerbos/cerbos:${version}`)
    expect(compose.services['cerbos']?.command).toContain('--set=schema.enforcement=reject')
  })

  it.each(NODES)('makes of %s, with the bailiwick.yaml of the runbook, a node that is only what it should be', (name) => {
    const config = configOf(name)
    const { services: runs, node, keys, listen, store } = config
    expect(runs).toEqual([name.replace(/-\d$/, '')])
    expect(node.id).toBe(name)
    expect(store).toMatchObject({ kind: 'redis', target: { tls: true }, controls: ['control'] })
    expect(listen).toMatchObject({ operators: { port: 8422 }, tls: {} })
    if (name !== 'control') {
      expect(node.reports).toEqual({ urls: ['https://control:8422'] })
      expect([...config.clients.values()].find(({ id }) => id === name)).toMatchObject({ kind: 'node', authentication: { method: 'mtls', san: name } })
    }
    expect(keys.kind).toBe(name.startsWith('enrichment') ? 'jwks' : 'directory')
  })
})

// docker-compose.yml and what it starts, read as files: who can reach whom, who runs as whom, where secrets come from. No Docker is needed, and none is asked.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

interface Service {
  readonly image?: string
  readonly pull_policy?: string
  readonly user?: string
  readonly read_only?: boolean
  readonly privileged?: boolean
  readonly cap_drop?: readonly string[]
  readonly cap_add?: readonly string[]
  readonly security_opt?: readonly string[]
  readonly ports?: readonly unknown[]
  readonly expose?: readonly unknown[]
  readonly network_mode?: string
  readonly networks?: Readonly<Record<string, unknown>>
  readonly profiles?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly volumes?: readonly string[]
  readonly command?: readonly string[]
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean }
}

interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>
  readonly volumes: Readonly<Record<string, unknown>>
}

const textOf = (name: string): string => readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8')
const text = textOf('docker-compose.yml')
const compose = parse(text, { merge: true }) as ComposeFile
const services = Object.entries(compose.services)
const service = (name: string): Service => {
  const found = compose.services[name]
  if (found === undefined) throw new Error(`no service ${name}`)
  return found
}

/** The image of agentgateway holds one program and no shell; the others end by themselves. */
const WITHOUT_HEALTHCHECK = ['agentgateway', 'demo', 'desk-prepare', 'desk-story']
const DESK_SERVERS = ['desk-tickets', 'desk-crm', 'desk-payments', 'desk-payroll', 'desk-models']

describe('docker-compose.yml', () => {
  it('publishes no port: what is behind the gateway, and Bailiwick itself, cannot be reached from the host', () => {
    for (const [name, { ports }] of services) expect(ports ?? [], name).toEqual([])
  })

  it('gives agents a network that leads nowhere, on which only the pod is beside them, and the servers another', () => {
    // Not even to the host: its bridge has no address there.
    const inside = { internal: true, driver_opts: { 'com.docker.network.bridge.inhibit_ipv4': 'true' } }
    for (const network of ['agents', 'servers', 'office']) expect(compose.networks[network], network).toEqual(inside)
    const on = (network: string): readonly string[] =>
      services.filter(([, { networks }]) => networks !== undefined && network in networks).map(([name]) => name)
    expect(on('agents')).toEqual(['pod', 'desk-story'])
    expect(on('servers')).toEqual(['pod', ...DESK_SERVERS])
    expect(on('office')).toEqual(['pod', 'desk-idp', 'desk-portal'])
    expect(on('outside')).toEqual(['pod'])
  })

  it('puts every service on networks of this file, into the pod, or on none: the default network, which leads out, is used by nobody', () => {
    for (const [name, { network_mode: mode, networks }] of services) {
      if (networks !== undefined) expect(Object.keys(networks), name).toEqual(Object.keys(networks).filter((network) => network in compose.networks))
      else expect(mode, name).toBe(name === 'demo' || name === 'desk-prepare' ? 'none' : 'service:pod')
    }
  })

  it('runs everything as somebody who is not root, on a root file system nobody can write to, without capabilities', () => {
    for (const [name, made] of services) {
      expect(made.user, name).toMatch(/^[1-9]\d*:[1-9]\d*$/)
      expect(made, name).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] })
      expect(made.privileged ?? false, name).toBe(false)
      expect(made.cap_add ?? [], name).toEqual([])
    }
  })

  it('mounts everything read-only but the data folder, what is prepared and the stage, and no socket of the host', () => {
    const writable = services.flatMap(([name, { volumes = [] }]) => volumes.filter((volume) => !volume.endsWith(':ro')).map((volume) => `${name} ${volume}`))
    const prepared = ['config', 'tls', 'idp', 'portal', 'agents', 'stage'].map((party) => `desk-prepare desk-${party}:/desk/${party}`)
    const stage = [...DESK_SERVERS, 'desk-portal', 'desk-operator', 'desk-story'].map((name) => `${name} desk-stage:/desk/stage`)
    expect(writable).toEqual(['bailiwick data:/var/lib/bailiwick', ...prepared, ...stage])
    expect(text).not.toContain('docker.sock')
  })

  it('checks the health of everything that can be asked', () => {
    const unchecked = services.filter(([, { healthcheck }]) => healthcheck?.test === undefined || healthcheck.disable === true).map(([name]) => name)
    expect(unchecked).toEqual(WITHOUT_HEALTHCHECK)
  })

  it('holds no secret and no default for one: each is a variable that must be set', () => {
    const named = services.flatMap(([name, { environment = {} }]) => Object.entries(environment).map(([variable, value]) => ({ name, variable, value })))
    const secrets = named.filter(({ variable }) => /KEY|SECRET|TOKEN|PASSWORD/.test(variable))
    expect(secrets.map(({ name, variable }) => `${name} ${variable}`)).toEqual([
      'bailiwick BAILIWICK_GATEWAYS_EDGE_SECRET',
      'envoy BAILIWICK_GATEWAY_KEY',
      'agentgateway BAILIWICK_GATEWAY_KEY',
      'agentgateway BAILIWICK_MCP_KEY',
    ])
    // Empty proves nothing: the route that would need it denies.
    expect(secrets.find(({ variable }) => variable === 'BAILIWICK_MCP_KEY')?.value).toBe('${BAILIWICK_MCP_KEY:-}')
    for (const { variable, value } of secrets.filter((secret) => secret.variable !== 'BAILIWICK_MCP_KEY'))
      expect(value, variable).toMatch(/^\$\{BAILIWICK_GATEWAY_KEY:\?[^}]+\}$/)
    for (const [, variable] of text.matchAll(/\$\{(BAILIWICK_(?:CONFIG|TLS)_DIR)(?!:\?)/g)) expect.unreachable(`${variable} may be left unset`)
  })

  it('shows a key of the support desk to whom it belongs, and to who made it', () => {
    const readers = (party: string): readonly string[] =>
      services.filter(([, { volumes = [] }]) => volumes.some((volume) => volume.startsWith(`desk-${party}:`))).map(([name]) => name)
    expect(readers('agents')).toEqual(['desk-prepare', 'desk-story'])
    expect(readers('portal')).toEqual(['desk-prepare', 'desk-portal'])
    expect(readers('idp')).toEqual(['desk-prepare', 'desk-idp'])
    expect(textOf('examples/support-desk/compose.env')).toMatch(/^BAILIWICK_CONFIG_DIR=desk-config\nBAILIWICK_TLS_DIR=desk-tls$/m)
  })

  it('names every foreign image with a version', () => {
    for (const [name, { image }] of services) expect(image, name).toMatch(/:v?\d+\.\d+\.\d+$/)
  })

  it('asks Cerbos where Cerbos listens, on loopback, and Cerbos rejects what schemas refuse', () => {
    const command = service('cerbos').command ?? []
    const address = service('bailiwick').environment?.['BAILIWICK_POLICY_ADDRESS']
    expect(address).toMatch(/^127\.0\.0\.1:\d+$/)
    expect(command).toContain(`--set=server.grpcListenAddr=${address}`)
    expect(command.find((part) => part.includes('httpListenAddr'))).toMatch(/=127\.0\.0\.1:\d+$/)
    expect(command).toContain('--set=schema.enforcement=reject')
  })

  it('takes the images that are built here from nowhere else', () => {
    for (const [name, { image, pull_policy: policy }] of services) if (image?.startsWith('bailiwick')) expect(policy, name).toBe('never')
  })

  it('runs the Cerbos that is tested here', () => {
    const [, version] = /^ {2}cerbos: (\S+)$/m.exec(textOf('pnpm-workspace.yaml')) ?? []
    expect(service('cerbos').image).toBe(`ghcr.io/cerbos/cerbos:${version}`)
  })

  it('has at most one gateway per profile, so that two never want the same port', () => {
    const gateways = services.filter(([, { volumes = [] }]) => volumes.some((volume) => volume.startsWith('./gateways/')))
    expect(gateways.map(([name, { profiles }]) => [name, profiles])).toEqual([
      ['envoy', ['envoy']],
      ['agentgateway', ['agentgateway']],
    ])
  })
})

describe('Dockerfile', () => {
  const dockerfile = textOf('Dockerfile')

  it('is built without asking a registry for anything but the image of Node.js and packages', () => {
    expect(dockerfile).not.toMatch(/^# *syntax *=/im)
    expect([...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, from]) => from)).toEqual(['${NODE_IMAGE}', 'install', '${NODE_IMAGE}', 'base', 'base'])
  })

  it('ends as somebody who is not root, in every image it makes', () => {
    expect(dockerfile).toMatch(/^FROM \$\{NODE_IMAGE\} AS base$[\s\S]*?^USER 10001:10001$/m)
    for (const target of ['demo', 'bailiwick']) expect(dockerfile).toMatch(new RegExp(`^FROM base AS ${target}$`, 'm'))
    expect([...dockerfile.matchAll(/^USER (.*)$/gm)].map(([, user]) => user)).toEqual(['10001:10001'])
  })

  it('runs the Node.js that is tested here, and installs what the lockfile says with the pnpm that wrote it', () => {
    const runtime = (JSON.parse(textOf('tools/runtime/package.json')) as { optionalDependencies: Record<string, string> }).optionalDependencies
    expect(new Set(Object.values(runtime))).toEqual(new Set([/^ARG NODE_IMAGE=node:([\d.]+)-/m.exec(dockerfile)?.[1]]))
    const [, pnpm] = /^const PNPM = '(.*)'$/m.exec(textOf('scripts/bootstrap.mjs')) ?? []
    const installs = [...dockerfile.matchAll(/^RUN npx .*$/gm)].map(([line]) => line)
    expect(installs).not.toEqual([])
    for (const install of installs) expect(install).toBe(`RUN npx --yes ${pnpm} install --prod --frozen-lockfile`)
  })

  it('has a healthcheck in the image of the product', () => {
    expect(dockerfile.slice(dockerfile.indexOf('FROM base AS bailiwick'))).toMatch(/^HEALTHCHECK .*\n\s+CMD \[/m)
  })
})

describe('gateway configurations', () => {
  it('Envoy: ext_authz cannot be failed open, switched off or shown half a body, and nothing retries behind a decision', () => {
    const envoy = textOf('gateways/envoy/envoy.yaml')
    expect(envoy).toContain('failure_mode_allow: false')
    expect(envoy.match(/allow_partial_message: \w+/g)).toEqual(['allow_partial_message: false', 'allow_partial_message: false'])
    expect(envoy.match(/pack_as_bytes: \w+/g)).toEqual(['pack_as_bytes: true', 'pack_as_bytes: true'])
    for (const line of envoy.split('\n').filter((each) => !each.trim().startsWith('#')))
      expect(line).not.toMatch(/disabled|filter_enabled|disable_request_body_buffering|retry_policy|mutation_rules|admin|clear_route_cache/)
    // A prefix without its slash, rewritten to `/`, makes `//v1/...`: another path than the one that was judged.
    for (const [, prefix] of envoy.matchAll(/match: \{ prefix: (\S+) \}/g)) expect(prefix).toMatch(/\/$/)
  })

  it('agentgateway: extAuthz fails closed, has a time limit, sees whole bodies as bytes, is on every route to a server and caches nothing', () => {
    interface Route {
      readonly name: string
      readonly policies: { readonly extAuthz?: unknown }
      readonly backends: readonly {
        readonly host?: string
        readonly policies?: { readonly mcpGuardrails?: { readonly processors: unknown } }
      }[]
    }
    const file = parse(textOf('gateways/agentgateway/config.yaml')) as {
      readonly binds: readonly { readonly listeners: readonly { readonly routes: readonly Route[] }[] }[]
    }
    const routes = file.binds.flatMap(({ listeners }) => listeners.flatMap((listener) => listener.routes))
    expect(routes.map(({ name }) => name)).toEqual(['payments', 'tickets', 'crm', 'payroll', 'desk', 'models', 'tokens'])
    for (const { name, policies, backends } of routes) {
      for (const { host, policies: behind } of backends) {
        // What reads the messages itself is asked about what it sends, too.
        const guards = [expect.objectContaining({ failureMode: 'failClosed', methods: { '*': 'full' } })]
        if (host === undefined) expect(behind?.mcpGuardrails?.processors, name).toEqual(guards)
      }
      if (name === 'tokens') continue
      expect(policies.extAuthz, name).toMatchObject({
        failureMode: 'deny',
        policies: { http: { requestTimeout: '500ms' } },
        includeRequestBody: { allowPartialMessage: false, packAsBytes: true },
        protocol: { grpc: { context: { bailiwick_resource: name, bailiwick_key: '$BAILIWICK_GATEWAY_KEY' } } },
      })
      expect(policies.extAuthz, name).not.toHaveProperty('cache')
    }
  })

  it('both ask about the resources the route is for, and serve of Bailiwick’s agents’ plane nothing but token and task endpoints', () => {
    const paths = (name: string, pattern: RegExp): readonly (string | undefined)[] => [...textOf(name).matchAll(pattern)].map(([, path]) => path)
    expect(paths('gateways/envoy/envoy.yaml', /path_separated_prefix: (\S+) \}, route: \{ cluster: bailiwick_agents/g)).toEqual([
      '/oauth2',
      '/.well-known',
      '/v1/tasks',
    ])
    const [, tokens] = textOf('gateways/agentgateway/config.yaml').split('name: tokens\n            matches')
    expect(tokens?.match(/pathPrefix: (\S+)/g)).toEqual(['pathPrefix: /oauth2', 'pathPrefix: /.well-known', 'pathPrefix: /v1/tasks'])
  })
})

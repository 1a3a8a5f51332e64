// The configuration of the measured service: the story's shape (one issuer, a launcher, an agent, a gateway with a secret), profiles from the
// file itself, everything in one private folder.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { exportJWK, generateKeyPair } from 'jose'
import type { JWK } from 'jose'
import { stringify } from 'yaml'

export interface House {
  readonly folder: string
  readonly configFile: string
  readonly url: string
  readonly gatewayKeys: GatewayKeys
  readonly portal: ClientKey
  readonly agent: ClientKey
}

/** The secret of each gateway. */
export type GatewayKeys = Readonly<Record<GatewayName, string>>
type GatewayName = 'edge' | 'sidecar' | 'agents' | 'models' | 'asker'

export interface ClientKey {
  readonly id: string
  /** Private. */
  readonly key: JWK
}

/** Besides `payments`, what a batch asks for. */
const OTHERS = ['tickets', 'crm', 'orders', 'invoices', 'stock', 'mail', 'calendar'] as const
export const RESOURCES = ['payments', ...OTHERS] as const

/** The model endpoint, as the story's policies name it. */
export const MODELS = 'models'
export const MODELS_URI = 'https://llm.example.com/v1'

export function resourceUri(name: string): string {
  return `https://${name}.example.com/mcp`
}

const STORY_POLICIES = fileURLToPath(new URL('../../../policies', import.meta.url))
const OWN_POLICIES = fileURLToPath(new URL('../../policies', import.meta.url))

export async function writeHouse(folder: string, port: number, idp: string): Promise<House> {
  const url = `http://127.0.0.1:${port}`
  const secret = (): string => randomBytes(32).toString('base64url')
  const gatewayKeys: GatewayKeys = { edge: secret(), sidecar: secret(), agents: secret(), models: secret(), asker: secret() }
  const [portal, agent] = await Promise.all([makeClientKey('support-portal'), makeClientKey('refund-agent')])
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  cpSync(STORY_POLICIES, join(folder, 'policies'), { recursive: true, filter: (source) => !source.endsWith('/tests') })
  cpSync(OWN_POLICIES, join(folder, 'policies'), { recursive: true })
  const write = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content, { mode: 0o600 })
    return `./${name}`
  }
  const config = {
    issuer: url,
    listen: new URL(url).host,
    data: './data',
    policy: { engine: 'supervised', directory: './policies' },
    development: true,
    identity: { issuers: [{ alias: 'corp', issuer: idp, audiences: ['support-portal'], token_types: ['id_token'] }] },
    control: { audiences: ['bailiwick-control'] },
    clients: [
      {
        id: portal.id,
        kind: 'launcher',
        authentication: 'private_key_jwt',
        jwks_file: write('portal.jwks.json', publicSet(portal)),
        may_launch: true,
        acts_for: ['corp'],
      },
      {
        id: agent.id,
        kind: 'agent',
        name: 'Refund agent',
        authentication: 'private_key_jwt',
        jwks_file: write('agent.jwks.json', publicSet(agent)),
        resources: [...RESOURCES, MODELS],
      },
    ],
    resources: [
      ...RESOURCES.map((name) => ({
        name,
        kind: 'mcp',
        uri: resourceUri(name),
        token_lifetime: '1h',
        ...(name === 'payments' ? { bind: { refund_issue: { ticket_id: '/ticket_id' } }, unbound: ['refund_status'] } : {}),
      })),
      { name: MODELS, kind: 'llm', uri: MODELS_URI, token_lifetime: '1h' },
    ],
    profiles: [
      {
        name: 'directory',
        type: 'static',
        attributes: { name: 'name', department: 'department', refund_limit_cents: 'refund_limit_cents' },
        roles: { from: 'groups', map: { 'tier-1-support': 'tier-1-support' } },
        active: 'active',
        subjects: { 'corp:alice': { name: 'Alice', department: 'support', refund_limit_cents: 5_000, groups: ['tier-1-support'], active: true } },
      },
    ],
    gateways: gatewaysWith((name) => write(`${name}.key`, gatewayKeys[name])),
    audit: { clear_arguments: ['ticket_id', 'amount_cents'], profile_attributes: ['refund_limit_cents', 'department'] },
    log: { level: 'warn' },
  }
  write('bailiwick.yaml', stringify(config))
  return { folder, configFile: join(folder, 'bailiwick.yaml'), url, gatewayKeys, portal, agent }
}

/** One for each place a resource is named in. `keyFile` writes the secret of one. */
function gatewaysWith(keyFile: (name: GatewayName) => string): readonly object[] {
  const proved = (name: GatewayName): object => ({ name, authentication: 'shared_secret', secret_files: [keyFile(name)] })
  return [
    { ...proved('edge'), doors: ['ext_authz'], dialect: 'envoy', resources: ['payments'], resource_from: 'context_extension' },
    { ...proved('sidecar'), doors: ['forward_auth'], resources: ['payments'], resource_from: 'path_segment', certificate_header: 'x-forwarded-client-cert' },
    { ...proved('agents'), doors: ['ext_mcp'], resources: ['payments'], resource_from: 'service_name', service_names: { payments: 'payments' } },
    { ...proved('models'), doors: ['litellm'], resources: [MODELS], resource_from: 'fixed', resource: MODELS },
    { ...proved('asker'), doors: ['v1', 'authzen', 'cerbos'], resources: ['payments', 'tickets'], resource_from: 'request', enrich: true },
  ]
}

async function makeClientKey(id: string): Promise<ClientKey> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return { id, key: { ...(await exportJWK(privateKey)), kid: `${id}-1`, alg: 'ES256' } }
}

function publicSet({ key }: ClientKey): string {
  const { d: _, ...shown } = key
  return JSON.stringify({ keys: [{ ...shown, use: 'sig' }] })
}

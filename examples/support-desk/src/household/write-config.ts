// The one configuration file of the support desk, as an operator would write it, with the addresses of this run.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import type { ClientKey, TrustDomain } from './keys.ts'

export interface Addresses {
  /** Where Bailiwick will listen; its `issuer`. */
  readonly bailiwick: string
  readonly gateway: string
  readonly idp: string
}

export interface DeskConfig {
  readonly addresses: Addresses
  /** Of the gateway in front. */
  readonly dialect: 'envoy' | 'agentgateway'
  readonly directorySecret: string
  /** How long an answer of the directory is remembered; absent: as long as is usual. */
  readonly directoryTtl?: string
  /** Only their public halves are written. */
  readonly clients: readonly Pick<ClientKey, 'clientId' | 'publicJwks'>[]
  readonly domain: Pick<TrustDomain, 'name' | 'bundle'>
}

/** How Bailiwick runs: what is the same wherever the support desk is played is not in here. */
export interface Deployment {
  readonly settings: Readonly<Record<string, unknown>>
  /** Of `tools.file` of payments: what is pinned. */
  readonly pinnedPayments: string
  /** Added to the gateway's own entry. */
  readonly edge: Readonly<Record<string, unknown>>
  readonly moreGateways: readonly Readonly<Record<string, unknown>>[]
  /** By name, in the same folder. */
  readonly files: Readonly<Record<string, string>>
}

export const TRIAGE_SPIFFE_ID = 'spiffe://example.org/agent/triage'
/** What `bailiwick tools pin payments` wrote and somebody reviewed. */
const PINNED_PAYMENTS = fileURLToPath(new URL('../../payments.tools.json', import.meta.url))
const MCP_RESOURCES = ['tickets', 'crm', 'payments', 'payroll'] as const

/** One process, one loopback port, its own Cerbos. */
export function onLoopback(policies: string, bailiwick: string, gatewayKey: string): Deployment {
  return {
    settings: {
      listen: new URL(bailiwick).host,
      data: './data',
      policy: { engine: 'supervised', directory: policies },
      development: true,
      // What is shown is the decision, on a machine that may be doing much else. The default is 150 ms; real gateways in front wait for 500 ms.
      limits: { decision: '450ms' },
    },
    pinnedPayments: PINNED_PAYMENTS,
    edge: { secret_files: ['./edge.key'] },
    // For `bailiwick decide` on this machine: verdicts only, and only in development.
    moreGateways: [{ name: 'local', doors: ['v1'], resources: [...MCP_RESOURCES, 'models'], resource_from: 'request', authentication: 'loopback' }],
    files: { 'edge.key': gatewayKey },
  }
}

/** A plane a port, as docker-compose.yml wants it; data, policy engine and the gateway's secret come from the environment there. */
export function inContainers(): Deployment {
  return {
    settings: { listen: { agents: '127.0.0.1:8420', gateways: '127.0.0.1:8421', operators: '127.0.0.1:8422' } },
    pinnedPayments: './payments.tools.json',
    edge: {},
    moreGateways: [],
    files: { 'payments.tools.json': readFileSync(PINNED_PAYMENTS, 'utf8') },
  }
}

/** Writes the file and what it points to, 0600, into a 0700 folder; returns the file's path. */
export function writeConfig(
  folder: string,
  { addresses, dialect, directorySecret, directoryTtl, clients, domain }: DeskConfig,
  deployment: Deployment,
): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const put = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content, { mode: 0o600 })
    return `./${name}`
  }
  for (const client of clients) put(`${client.clientId}.jwks.json`, JSON.stringify(client.publicJwks, null, 2))
  for (const [name, content] of Object.entries(deployment.files)) put(name, content)
  const config = {
    issuer: addresses.bailiwick,
    ...deployment.settings,
    identity: {
      issuers: [{ alias: 'corp', issuer: addresses.idp, audiences: ['support-portal'], token_types: ['id_token'], algorithms: ['RS256'] }],
      spiffe: { trust_domain: domain.name, bundle: put('bundle.json', JSON.stringify(domain.bundle, null, 2)) },
    },
    control: { audiences: ['bailiwick-control'] },
    clients: [
      {
        id: 'support-portal',
        kind: 'launcher',
        authentication: 'private_key_jwt',
        jwks_file: './support-portal.jwks.json',
        may_launch: true,
        acts_for: ['corp'],
      },
      {
        id: 'refund-agent',
        kind: 'agent',
        name: 'Refund agent',
        authentication: 'private_key_jwt',
        jwks_file: './refund-agent.jwks.json',
        resources: ['models', 'tickets', 'payments'],
      },
      {
        id: 'triage-agent',
        kind: 'agent',
        name: 'Triage agent',
        authentication: 'spiffe_jwt',
        spiffe_id: TRIAGE_SPIFFE_ID,
        resources: ['models', 'tickets', 'crm'],
        task_template: { resources: ['models', 'tickets', 'crm'], lifetime: '1h', purpose: 'sort incoming tickets' },
      },
    ],
    resources: [
      ...MCP_RESOURCES.map((name) => ({
        name,
        kind: 'mcp',
        uri: `${addresses.gateway}/${name}/mcp`,
        ...(name === 'payments'
          ? { bind: { refund_issue: { ticket_id: '/ticket_id' } }, unbound: ['refund_status'], tools: { file: deployment.pinnedPayments } }
          : {}),
      })),
      { name: 'models', kind: 'llm', uri: `${addresses.gateway}/llm/v1` },
    ],
    profiles: [
      {
        name: 'directory',
        type: 'http',
        url: `${addresses.idp}/directory/users/{id}`,
        subject_attribute: 'id',
        authentication: {
          method: 'client_credentials',
          issuer: addresses.idp,
          client_id: 'bailiwick-directory',
          client_secret_file: put('directory.secret', directorySecret),
        },
        attributes: { name: 'name', department: 'department', refund_limit_cents: 'refund_limit_cents' },
        roles: { from: 'roles', map: { 'tier-1-support': 'tier-1-support', 'tier-2-lead': 'tier-2-lead' } },
        active: 'active',
        ...(directoryTtl === undefined ? {} : { ttl: directoryTtl }),
      },
    ],
    gateways: [
      {
        name: 'edge',
        doors: ['ext_authz'],
        dialect,
        resources: [...MCP_RESOURCES, 'models'],
        resource_from: 'context_extension',
        authentication: 'shared_secret',
        ...deployment.edge,
      },
      ...deployment.moreGateways,
    ],
    audit: { clear_arguments: ['ticket_id', 'amount_cents'], profile_attributes: ['refund_limit_cents', 'department'] },
    log: { level: 'warn' },
  }
  writeFileSync(join(folder, 'bailiwick.yaml'), stringify(config), { mode: 0o600 })
  return join(folder, 'bailiwick.yaml')
}

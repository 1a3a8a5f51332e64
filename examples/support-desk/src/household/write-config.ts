// The one configuration file of the support desk, as an operator would write it, with the addresses of this run.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { ClientKey, TrustDomain } from './keys.ts'

export interface Addresses {
  /** Where Bailiwick will listen; its `issuer`. */
  readonly bailiwick: string
  readonly gateway: string
  readonly idp: string
}

export interface Secrets {
  readonly gatewayKey: string
  readonly directorySecret: string
}

export const TRIAGE_SPIFFE_ID = 'spiffe://example.org/agent/triage'
const MCP_RESOURCES = ['tickets', 'crm', 'payments', 'payroll'] as const

/** Writes the file and what it points to, 0600, into a 0700 folder; returns the file's path. */
export function writeConfig(
  folder: string,
  policies: string,
  addresses: Addresses,
  secrets: Secrets,
  clients: readonly ClientKey[],
  domain: TrustDomain,
): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const put = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content, { mode: 0o600 })
    return `./${name}`
  }
  for (const client of clients) put(`${client.clientId}.jwks.json`, JSON.stringify(client.publicJwks, null, 2))
  const config = {
    issuer: addresses.bailiwick,
    listen: new URL(addresses.bailiwick).host,
    data: './data',
    policy: { engine: 'supervised', directory: policies },
    development: true,
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
        ...(name === 'payments' ? { bind: { refund_issue: { ticket_id: '/ticket_id' } }, unbound: ['refund_status'] } : {}),
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
          client_secret_file: put('directory.secret', secrets.directorySecret),
        },
        attributes: { name: 'name', department: 'department', refund_limit_cents: 'refund_limit_cents' },
        roles: { from: 'roles', map: { 'tier-1-support': 'tier-1-support', 'tier-2-lead': 'tier-2-lead' } },
        active: 'active',
      },
    ],
    gateways: [
      {
        name: 'edge',
        doors: ['ext_authz'],
        dialect: 'envoy',
        resources: [...MCP_RESOURCES, 'models'],
        resource_from: 'context_extension',
        authentication: 'shared_secret',
        secret_files: [put('edge.key', secrets.gatewayKey)],
      },
      // For `bailiwick decide` on this machine: verdicts only, and only in development.
      { name: 'local', doors: ['v1'], resources: [...MCP_RESOURCES, 'models'], resource_from: 'request', authentication: 'loopback' },
    ],
    audit: { clear_arguments: ['ticket_id', 'amount_cents'], profile_attributes: ['refund_limit_cents', 'department'] },
    log: { level: 'warn' },
  }
  writeFileSync(join(folder, 'bailiwick.yaml'), stringify(config), { mode: 0o600 })
  return join(folder, 'bailiwick.yaml')
}

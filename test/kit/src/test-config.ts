// The configuration of the story (support desk), through the real parser. A test names only what it changes.
import { createHash, generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { formatProblems, parseConfig } from '@bailiwick/config'
import type { BailiwickConfig, ConfigResult } from '@bailiwick/config'
import { testGatewaySecret } from './test-secrets.ts'

export { TEST_GATEWAY_SECRET, testGatewaySecret } from './test-secrets.ts'

/**
 * Settings as the YAML spells them. Maps merge, `null` removes, lists replace, except lists of entries with an `id`, `name` or `alias`: those merge by it,
 * and new ones are added. `{ clients: [{ id: 'support-portal', jwks: portal.jwks }] }`
 */
export type ConfigPatch = { readonly [setting: string]: unknown }

export interface TestConfigOptions {
  /** Where `./x` paths start and `data` lies. Must exist and outlive the test's use of them; without it nothing is left on disk. */
  readonly directory?: string
  readonly env?: Readonly<Record<string, string>>
}

export function testConfig(patch: ConfigPatch = {}, options: TestConfigOptions = {}): BailiwickConfig {
  const result = tryTestConfig(patch, options)
  if (!result.ok) throw new Error(`the test configuration is not valid:\n${formatProblems(result.problems)}`)
  return result.config
}

/** The same, where the patch is expected to be refused. */
export function tryTestConfig(patch: ConfigPatch = {}, options: TestConfigOptions = {}): ConfigResult {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'bailiwick-config-'))
  try {
    const settings = merge(story(), patch)
    writeGatewayKeys(directory, settings)
    writeFileSync(join(directory, 'bundle.json'), '{"keys":[]}')
    // JSON is YAML.
    return parseConfig(JSON.stringify(settings, null, 2), { file: join(directory, 'bailiwick.yaml'), env: options.env ?? {} })
  } finally {
    if (options.directory === undefined) rmSync(directory, { recursive: true, force: true })
  }
}

/** `./edge.key` holds the secret of `edge`: a test that adds a gateway names a file of its own. */
function writeGatewayKeys(directory: string, settings: unknown): void {
  const gateways = isMap(settings) ? settings['gateways'] : undefined
  for (const gateway of Array.isArray(gateways) ? gateways : []) {
    const files: unknown = isMap(gateway) ? gateway['secret_files'] : undefined
    for (const file of Array.isArray(files) ? files : []) {
      const name = /^\.\/([a-z-]+)\.key$/.exec(String(file))?.[1]
      if (name !== undefined) writeFileSync(join(directory, `${name}.key`), `${testGatewaySecret(name)}\n`, { mode: 0o600 })
    }
  }
}

function story(): ConfigPatch {
  return {
    issuer: 'http://127.0.0.1:8420',
    listen: '127.0.0.1:8420',
    data: './data',
    policy: { engine: 'supervised', directory: fileURLToPath(new URL('../../../policies', import.meta.url)) },
    development: true,
    identity: {
      issuers: [{ alias: 'corp', issuer: 'http://127.0.0.1:8422', audiences: ['support-portal'], token_types: ['id_token', 'access_token'] }],
      spiffe: { trust_domain: 'example.org', bundle: './bundle.json' },
    },
    control: { audiences: ['bailiwick-control'] },
    clients: [
      { id: 'support-portal', kind: 'launcher', authentication: 'private_key_jwt', jwks: publicKeys('support-portal'), may_launch: true, acts_for: ['corp'] },
      {
        id: 'refund-agent',
        kind: 'agent',
        authentication: 'private_key_jwt',
        jwks: publicKeys('refund-agent'),
        resources: ['models', 'tickets', 'payments'],
        agent: { harness: 'refund-bot', harness_version: '1.0.0', model: 'gpt-4o-mini' },
      },
      {
        id: 'triage-agent',
        kind: 'agent',
        authentication: 'spiffe_jwt',
        spiffe_id: 'spiffe://example.org/agent/triage',
        resources: ['models', 'tickets', 'crm'],
        task_template: { resources: ['models', 'tickets', 'crm'], lifetime: '1h', purpose: 'triage', binding: { queue: 'inbox' } },
      },
      { id: 'payments-server', kind: 'resource', authentication: 'private_key_jwt', jwks: publicKeys('payments-server'), resource: 'payments' },
    ],
    resources: [
      {
        name: 'payments',
        kind: 'mcp',
        uri: 'https://payments.example.com/mcp',
        bind: { refund_issue: { ticket_id: '/ticket_id' } },
        unbound: ['refund_status'],
      },
      { name: 'tickets', kind: 'mcp', uri: 'https://tickets.example.com/mcp' },
      { name: 'crm', kind: 'mcp', uri: 'https://crm.example.com/mcp' },
      { name: 'payroll', kind: 'mcp', uri: 'https://payroll.example.com/mcp' },
      { name: 'models', kind: 'llm', uri: 'https://llm.example.com/v1' },
    ],
    profiles: [
      {
        name: 'directory',
        type: 'static',
        attributes: { tier: 'tier', region: 'region', refund_limit_cents: 'refund_limit_cents' },
        roles: { from: 'groups', map: { 'tier-1-support': 'tier-1-support', 'tier-2-lead': 'tier-2-lead' } },
        active: 'active',
        subjects: {
          'corp:alice': { tier: 1, region: 'emea', refund_limit_cents: 5000, groups: ['tier-1-support'], active: true },
          'corp:bob': { tier: 2, region: 'emea', refund_limit_cents: 1000000, groups: ['tier-2-lead'], active: true },
        },
      },
    ],
    gateways: [
      {
        name: 'edge',
        doors: ['ext_authz', 'v1'],
        dialect: 'envoy',
        resources: ['payments', 'tickets', 'crm', 'payroll', 'models'],
        resource_from: 'context_extension',
        authentication: 'shared_secret',
        secret_files: ['./edge.key'],
      },
      { name: 'local', doors: ['v1'], resources: ['payments', 'tickets', 'crm', 'payroll', 'models'], resource_from: 'request', authentication: 'loopback' },
    ],
    log: { level: 'error' },
  }
}

// Real keys nobody can sign with: a test that signs puts its own client's `jwks` in.
const keys = new Map<string, { readonly keys: readonly object[] }>()

function publicKeys(client: string): { readonly keys: readonly object[] } {
  const known = keys.get(client)
  if (known !== undefined) return known
  const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })
  const made = { keys: [{ ...jwk, kid: createHash('sha256').update(client).digest('base64url').slice(0, 12), alg: 'ES256', use: 'sig' }] }
  keys.set(client, made)
  return made
}

function merge(base: unknown, patch: unknown): unknown {
  if (Array.isArray(base) && Array.isArray(patch)) return mergeLists(base, patch)
  if (!isMap(base) || !isMap(patch)) return patch
  const merged: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || value === undefined) delete merged[key]
    else merged[key] = Object.hasOwn(merged, key) ? merge(merged[key], value) : value
  }
  return merged
}

function mergeLists(base: readonly unknown[], patch: readonly unknown[]): readonly unknown[] {
  if (patch.length === 0 || patch.some((entry) => nameOf(entry) === undefined)) return patch
  const merged = [...base]
  for (const entry of patch) {
    const at = merged.findIndex((each) => nameOf(each) === nameOf(entry))
    if (at < 0) merged.push(entry)
    else merged[at] = merge(merged[at], entry)
  }
  return merged
}

function nameOf(entry: unknown): unknown {
  return isMap(entry) ? (entry['id'] ?? entry['name'] ?? entry['alias']) : undefined
}

function isMap(value: unknown): value is ConfigPatch {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

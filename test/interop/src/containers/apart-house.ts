// What docker-compose.apart.yml wants on its host: certificates of every listener and node, the bailiwick.yaml of the runbook with one agent and one gateway of
// a test, and the secrets. Everything is made at run time, belongs to the user of the containers, and is removed.
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { makeTestAuthority } from '../../../kit/src/test-authority.ts'
import { makeTestTrustDomain } from '../../../kit/src/test-clients.ts'

const NODES = ['control', 'token-exchange', 'enrichment-1', 'enrichment-2'] as const
/** Of the containers. */
const UID = 10001
const TRIAGE = 'spiffe://example.org/agent/triage'

export interface ApartHouse {
  readonly env: Readonly<Record<string, string>>
  readonly gatewayKey: string
  /** PEM of the authority all certificates are of. */
  readonly ca: string
  /** A JWT-SVID of the triage agent for this issuer, good now. */
  svid(): Promise<string>
  close(): void
}

export async function openApartHouse(redisImage: string, runbook: URL): Promise<ApartHouse> {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-containers-'))
  const [config, tls] = ['config', 'tls'].map((name) => join(folder, name))
  if (config === undefined || tls === undefined) throw new Error('two folders')
  for (const made of [config, tls]) mkdirSync(made, { mode: 0o700 })
  const authority = makeTestAuthority(tls)
  const { issuer, ...shared } = bailiwickYaml(readFileSync(runbook, 'utf8'))
  authority.issue('tls', { dns: [...NODES, 'redis', new URL(issuer).hostname], ip: ['127.0.0.1'] })
  for (const node of NODES) authority.issue(node, { dns: [node] })
  const domain = await makeTestTrustDomain('example.org')
  writeFileSync(join(config, 'bundle.json'), JSON.stringify(domain.bundle))
  writeFileSync(join(config, 'bailiwick.yaml'), stringify({ issuer, ...withAgent(shared) }))
  for (const made of [config, tls]) for (const name of ['.', ...readdirSync(made)]) giveAway(join(made, name))
  // Whoever is not root in a container has to get as far as them.
  chmodSync(folder, 0o711)
  const gatewayKey = randomBytes(32).toString('hex')
  return {
    env: {
      BAILIWICK_CONFIG_DIR: config,
      BAILIWICK_TLS_DIR: tls,
      BAILIWICK_GATEWAY_KEY: gatewayKey,
      BAILIWICK_STORE_PASSWORD: randomBytes(32).toString('hex'),
      BAILIWICK_REDIS_IMAGE: redisImage,
    },
    gatewayKey,
    ca: readFileSync(authority.ca, 'utf8'),
    svid: () => domain.svid({ sub: TRIAGE, aud: issuer, now: Math.floor(Date.now() / 1000) }),
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function giveAway(path: string): void {
  chownSync(path, UID, UID)
}

const entries = z.array(z.looseObject({}))
const SHOWN = z.looseObject({ issuer: z.string(), clients: entries, gateways: entries })
type Shown = z.infer<typeof SHOWN>

/** As the runbook shows it. */
function bailiwickYaml(runbook: string): Shown {
  const [, shown] = /## Containers, apart\n[^]*?```yaml\n([^]*?)```/.exec(runbook) ?? []
  if (shown === undefined) throw new Error('the runbook shows no bailiwick.yaml')
  return SHOWN.parse(parse(shown))
}

/** One agent that starts by itself at the server `tickets`, and the gateway asked over HTTP. */
function withAgent({ clients, gateways, ...rest }: Pick<Shown, 'clients' | 'gateways'>): object {
  const agent = { id: 'triage-agent', kind: 'agent', authentication: 'spiffe_jwt', spiffe_id: TRIAGE, resources: ['tickets'] }
  const template = { resources: ['tickets'], lifetime: '1h', purpose: 'triage' }
  return {
    ...rest,
    identity: { spiffe: { trust_domain: 'example.org', bundle: './bundle.json' } },
    resources: [{ name: 'tickets', kind: 'mcp', uri: 'https://gateway.example.internal:8443/tickets/mcp' }],
    gateways: gateways.map((gateway) => ({ ...gateway, doors: ['v1'], dialect: undefined, resources: ['tickets'], resource_from: 'request' })),
    clients: [...clients, { ...agent, task_template: template }],
    // Containers on a machine that does much else.
    limits: { decision: '5s', exchange: '10s' },
  }
}

// One small valid file, and a way to change one thing in it.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { generateKeyPairSync } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseConfig } from '../src/index.ts'
import type { ConfigProblem, ConfigResult } from '../src/index.ts'

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
export const PUBLIC_JWK = { ...publicKey.export({ format: 'jwk' }), kid: 'one' }
export const PRIVATE_JWK = { ...privateKey.export({ format: 'jwk' }), kid: 'one' }
export const SECRET = 'q7Wm2ZxTn9Lf4KcR8vHs3YbJ6pGd1EuA'

export const VALID = `issuer: http://127.0.0.1:8420
listen: 127.0.0.1:8420
development: true
identity:
  issuers:
    - alias: corp
      issuer: https://idp.example.com
      audiences: [support-portal]
  spiffe:
    trust_domain: example.org
    bundle: ./bundle.json
control:
  audiences: [bailiwick-control]
clients:
  - id: support-portal
    kind: launcher
    authentication: private_key_jwt
    jwks_file: ./portal.jwks.json
    may_launch: true
    acts_for: [corp]
  - id: refund-agent
    kind: agent
    authentication: private_key_jwt
    jwks_file: ./portal.jwks.json
    resources: [models, payments]
    may_delegate_to: [triage-agent]
  - id: triage-agent
    kind: agent
    authentication: spiffe_jwt
    spiffe_id: spiffe://example.org/agent/triage
    resources: [models]
    task_template:
      resources: [models]
      lifetime: 30m
      binding: { queue: inbox }
resources:
  - name: payments
    kind: mcp
    uri: https://payments.example.com/mcp
    token_lifetime: 10m
    bind: { refund_issue: { ticket_id: /ticket_id } }
    unbound: [refund_status]
  - name: models
    kind: llm
    uri: https://llm.example.com/v1
profiles:
  - name: directory
    type: http
    url: https://directory.example.com/users/{id}
    subject_attribute: id
    attributes: { tier: tier }
    roles: { from: groups, map: { leads: tier-2-lead } }
    authentication: { method: bearer, secret_file: ./directory.key }
gateways:
  - name: edge
    doors: [ext_authz]
    resources: [payments, models]
    resource_from: context_extension
    authentication: shared_secret
    secret_files: [./edge.key]
limits: { mcp_body: 1MiB, task_lifetime: 7d }
`

export interface Folder {
  readonly directory: string
  write(name: string, text: string, mode?: number): void
  parse(yaml: string, env?: Readonly<Record<string, string>>, overrides?: Readonly<Record<string, string>>): ConfigResult
  /** The problems of the valid file with one text replaced by another. */
  problems(from: string, to: string, env?: Readonly<Record<string, string>>): readonly ConfigProblem[]
  remove(): void
}

export function openFolder(): Folder {
  const directory = mkdtempSync(join(tmpdir(), 'bailiwick-config-'))
  const write = (name: string, text: string, mode = 0o600): void => {
    writeFileSync(join(directory, name), text)
    chmodSync(join(directory, name), mode)
  }
  mkdirSync(join(directory, 'policies'))
  write('portal.jwks.json', JSON.stringify({ keys: [PUBLIC_JWK] }))
  write('bundle.json', '{"keys":[]}')
  write('directory.key', `${SECRET}-directory\n`)
  write('edge.key', `${SECRET}\n`)
  const parse: Folder['parse'] = (yaml, env = {}, overrides = {}) => parseConfig(yaml, { file: join(directory, 'bailiwick.yaml'), env, overrides })
  return {
    directory,
    write,
    parse,
    problems: (from, to, env) => {
      if (VALID.split(from).length !== 2) throw new Error(`the fixture must hold this text once: ${from}`)
      const result = parse(VALID.replace(from, to), env)
      return result.ok ? [] : result.problems
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

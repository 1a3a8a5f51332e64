import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openFolder, PRIVATE_JWK, PUBLIC_JWK, SECRET, VALID } from './fixture.ts'
import type { Folder } from './fixture.ts'
import { generateKeyPairSync } from 'node:crypto'

let folder: Folder
beforeAll(() => {
  folder = openFolder()
})
afterAll(() => folder.remove())

type Refusal = readonly [what: string, from: string, to: string, path: string, expected: string]

const house: readonly Refusal[] = [
  ['development with an issuer elsewhere', 'issuer: http://127.0.0.1:8420', 'issuer: https://bailiwick.example.com', 'development', 'loopback host'],
  ['a plain http issuer elsewhere', 'issuer: http://127.0.0.1:8420', 'issuer: http://bailiwick.example.com', 'issuer', 'https'],
  ['a host that only looks like loopback', 'issuer: http://127.0.0.1:8420', 'issuer: http://127.0.0.1.evil.example', 'issuer', 'https'],
  ['an issuer with a path', 'issuer: http://127.0.0.1:8420', 'issuer: http://127.0.0.1:8420/x', 'issuer', 'no path'],
  ['an issuer with a trailing slash', 'issuer: http://127.0.0.1:8420', 'issuer: http://127.0.0.1:8420/', 'issuer', 'no trailing slash'],
  ['one address for all planes outside development', 'development: true', 'development: false', 'listen', 'development: true'],
  ['a plain http issuer outside development', 'development: true', 'development: false', 'issuer', 'https'],
  ['a plaintext listener on the network', 'listen: 127.0.0.1:8420', 'listen: 0.0.0.0:8420', 'listen', 'loopback address'],
  ['a port beyond 65535', 'listen: 127.0.0.1:8420', 'listen: 127.0.0.1:84200', 'listen', 'port from 0'],
  [
    'a policy engine reached in clear over the network',
    'development: true',
    'development: true\npolicy: { engine: grpc, address: "pdp.example.com:3593" }',
    'policy.address',
    'loopback',
  ],
  [
    'a policy folder that is not there',
    'development: true',
    'development: true\npolicy: { engine: supervised, directory: ./nothing }',
    'policy.directory',
    'exists',
  ],
  ['the journal in the file of the store', 'development: true', 'development: true\naudit: { file: ./data/bailiwick.db }', 'audit.file', 'another file'],
  ['a size without a unit', 'mcp_body: 1MiB', 'mcp_body: 1048576', 'limits.mcp_body', 'KiB'],
  ['a size in another spelling', 'mcp_body: 1MiB', 'mcp_body: 1MB', 'limits.mcp_body', 'KiB'],
  ['a duration with a fraction', 'task_lifetime: 7d', 'task_lifetime: 1.5d', 'limits.task_lifetime', 'whole number'],
  ['a duration of less than a second where seconds count', 'task_lifetime: 7d', 'task_lifetime: 60001ms', 'limits.task_lifetime', 'between'],
  ['a control audience that an issuer lists', 'audiences: [bailiwick-control]', 'audiences: [support-portal]', 'control.audiences[0]', 'no issuer lists'],
]

const identity: readonly Refusal[] = [
  ['a reserved alias', 'alias: corp', 'alias: spiffe', 'identity.issuers[0].alias', 'other than'],
  ['an alias in capitals', 'alias: corp', 'alias: Corp', 'identity.issuers[0].alias', 'lower-case'],
  ['no audience at all', 'audiences: [support-portal]', 'audiences: []', 'identity.issuers[0].audiences', 'at least one'],
  ['an issuer in clear', 'issuer: https://idp.example.com', 'issuer: http://idp.example.com', 'identity.issuers[0].issuer', 'https'],
  ['an issuer with a user', 'issuer: https://idp.example.com', 'issuer: https://a:b@idp.example.com', 'identity.issuers[0].issuer', 'without a user'],
  ['Bailiwick as its own issuer', 'issuer: https://idp.example.com', 'issuer: "http://127.0.0.1:8420"', 'identity.issuers[0].issuer', 'other than Bailiwick'],
  [
    'our issuer as an audience of others',
    'audiences: [support-portal]',
    'audiences: ["http://127.0.0.1:8420"]',
    'identity.issuers[0].audiences',
    'other than our own',
  ],
  ['a symmetric algorithm', 'alias: corp', 'alias: corp\n      algorithms: [HS256]', 'identity.issuers[0].algorithms[0]', 'ES256'],
  ['task tokens as access tokens', 'alias: corp', 'alias: corp\n      access_token_typ: [task+jwt]', 'identity.issuers[0].access_token_typ', 'task+jwt'],
  ['a bundle that is not there', './bundle.json', './nothing.json', 'identity.spiffe.bundle', 'exists'],
  ['the Workload API', 'bundle: ./bundle.json', 'workload_api: unix:///run/agent.sock', 'identity.spiffe.workload_api', 'not built yet'],
]

const clients: readonly Refusal[] = [
  ['two clients of one id', 'id: refund-agent', 'id: support-portal', 'clients[1].id', 'no other client'],
  ['a resource nobody configured', 'resources: [models, payments]', 'resources: [models, payment]', 'clients[1].resources[1]', 'configured resource'],
  ['delegation to a stranger', 'may_delegate_to: [triage-agent]', 'may_delegate_to: [triage]', 'clients[1].may_delegate_to[0]', 'configured client'],
  ['delegation to a launcher', 'may_delegate_to: [triage-agent]', 'may_delegate_to: [support-portal]', 'clients[1].may_delegate_to[0]', 'kind agent'],
  ['an agent that launches', 'may_delegate_to: [triage-agent]', 'may_launch: true', 'clients[1].may_launch', 'kind: launcher'],
  ['acting for people without may_launch', '    may_launch: true\n', '', 'clients[0].acts_for', 'may_launch'],
  [
    'a template beyond the client',
    'task_template:\n      resources: [models]',
    'task_template:\n      resources: [payments]',
    'clients[2].task_template.resources[0]',
    "client's own",
  ],
  [
    'a template without resources',
    'task_template:\n      resources: [models]',
    'task_template:\n      resources: []',
    'clients[2].task_template.resources',
    'at least one',
  ],
  ['a template that outlives the cap', 'lifetime: 30m', 'lifetime: 8d', 'clients[2].task_template.lifetime', 'task_lifetime'],
  [
    'a SPIFFE ID of another trust domain',
    'spiffe://example.org/agent/triage',
    'spiffe://example.org.evil/agent/triage',
    'clients[2].spiffe_id',
    'trust domain',
  ],
  ['a SPIFFE ID with dot segments', 'spiffe://example.org/agent/triage', 'spiffe://example.org/agent/../admin', 'clients[2].spiffe_id', 'SPIFFE ID'],
  [
    'keys beside a SPIFFE ID',
    'authentication: spiffe_jwt',
    'authentication: spiffe_jwt\n    jwks_file: ./portal.jwks.json',
    'clients[2].jwks_file',
    'no such setting',
  ],
  ['a scope no resource defines', 'may_delegate_to: [triage-agent]', 'scopes: [refund]', 'clients[1].scopes[0]', 'defines'],
  ['a resource client without its resource', 'kind: launcher', 'kind: resource', 'clients[0].resource', 'serves'],
]

const resources: readonly Refusal[] = [
  ['two of one name', 'name: models', 'name: payments', 'resources[1].name', 'policy kinds fold'],
  ['two of one URI', 'uri: https://llm.example.com/v1', 'uri: https://payments.example.com/mcp', 'resources[1].uri', 'audience'],
  ['our own issuer as a URI', 'uri: https://llm.example.com/v1', 'uri: http://127.0.0.1:8420', 'resources[1].uri', 'own issuer'],
  ['a URI with a fragment', 'uri: https://llm.example.com/v1', 'uri: "https://llm.example.com/v1#x"', 'resources[1].uri', 'fragment'],
  ['a URI in another form', 'uri: https://llm.example.com/v1', 'uri: https://LLM.example.com:443/v1', 'resources[1].uri', 'normal form'],
  ['a URI with a trailing slash', 'uri: https://llm.example.com/v1', 'uri: https://llm.example.com/v1/', 'resources[1].uri', 'trailing slash'],
  ['a tool in bind and in unbound', 'unbound: [refund_status]', 'unbound: [refund_issue]', 'resources[0].unbound[0]', 'not in bind'],
  ['a pointer that is none', 'ticket_id: /ticket_id', 'ticket_id: ticket_id', 'resources[0].bind.refund_issue.ticket_id', 'JSON pointer'],
  ['a pointer to everything', 'ticket_id: /ticket_id', 'ticket_id: ""', 'resources[0].bind.refund_issue.ticket_id', 'JSON pointer'],
  ['a pointer with a bad escape', 'ticket_id: /ticket_id', 'ticket_id: /a~2b', 'resources[0].bind.refund_issue.ticket_id', 'JSON pointer'],
  ['a tool bound to nothing', 'refund_issue: { ticket_id: /ticket_id }', 'refund_issue: {}', 'resources[0].bind.refund_issue', 'at least one binding key'],
  ['unbound without bind', '    bind: { refund_issue: { ticket_id: /ticket_id } }\n', '', 'resources[0].unbound', 'bind beside'],
  ['a binding on a model', 'kind: llm', 'kind: llm\n    bind: { x: { y: /z } }', 'resources[1].bind', 'kind: mcp'],
  ['a token that lives too long', 'token_lifetime: 10m', 'token_lifetime: 2h', 'resources[0].token_lifetime', 'between'],
  ['a body beyond the limit', 'kind: llm', 'kind: llm\n    max_body: 32MiB', 'resources[1].max_body', 'limits.llm_body'],
]

const profiles: readonly Refusal[] = [
  ['a role that is a base role', 'leads: tier-2-lead', 'leads: operator', 'profiles[0].roles.map.leads', 'never mapped'],
  [
    'an attribute with two owners',
    'gateways:',
    '  - { name: second, type: static, attributes: { tier: x }, subjects: {} }\ngateways:',
    'profiles[1].attributes.tier',
    'no other source',
  ],
  ['an unknown issuer', 'subject_attribute: id', 'subject_attribute: id\n    issuers: [korp]', 'profiles[0].issuers[0]', 'alias'],
  ['an empty list of issuers', 'subject_attribute: id', 'subject_attribute: id\n    issuers: []', 'profiles[0].issuers', 'leave the setting out'],
  ['a URL without the subject', 'users/{id}', 'users/me', 'profiles[0].url', '{id}'],
  ['a URL whose host the subject chooses', 'https://directory.example.com/users/{id}', 'https://{id}.example.com/', 'profiles[0].url', 'after the host'],
  ['a URL in clear', 'https://directory.example.com', 'http://directory.example.com', 'profiles[0].url', 'https'],
  ['a required source that may be left out', 'subject_attribute: id', 'subject_attribute: id\n    on_error: omit', 'profiles[0].on_error', 'required'],
  ['a secret anybody can read', 'secret_file: ./directory.key', 'secret_file: ./readable.key', 'profiles[0].authentication.secret_file', 'chmod 600'],
  [
    'a static subject of an unknown issuer',
    'gateways:',
    '  - { name: second, type: static, subjects: { "korp:x": {} } }\ngateways:',
    'profiles[1].subjects["korp:x"]',
    '<alias>:<id>',
  ],
]

const gateways: readonly Refusal[] = [
  [
    'the caller of ext_authz choosing its resource',
    'resource_from: context_extension',
    'resource_from: request',
    'gateways[0].resource_from',
    'request only for',
  ],
  ['fixed without its resource', 'resource_from: context_extension', 'resource_from: fixed', 'gateways[0].resource', 'the one resource'],
  ['fixed with several resources', 'resource_from: context_extension', 'resource_from: fixed\n    resource: payments', 'gateways[0].resources', 'one resource'],
  [
    'a resource beside context_extension',
    'resource_from: context_extension',
    'resource_from: context_extension\n    resource: payments',
    'gateways[0].resource',
    'resource_from: fixed',
  ],
  ['no resources', 'resources: [payments, models]', 'resources: []', 'gateways[0].resources', 'at least one'],
  ['an unknown resource', 'resources: [payments, models]', 'resources: [payments, model]', 'gateways[0].resources[1]', 'configured resource'],
  [
    'server names beside another source of the resource',
    'resource_from: context_extension',
    'resource_from: context_extension\n    service_names: { a: payments }',
    'gateways[0].service_names',
    'resource_from: service_name',
  ],
  ['no server names', 'doors: [ext_authz]', 'doors: [ext_mcp]', 'gateways[0].resource_from', 'fixed, service_name'],
  [
    'mTLS without a TLS listener',
    'authentication: shared_secret\n    secret_files: [./edge.key]',
    'authentication: mtls\n    san: edge.example.com',
    'gateways[0].authentication',
    'listen.tls.client_ca',
  ],
  [
    'a unix gateway without a socket',
    'authentication: shared_secret\n    secret_files: [./edge.key]',
    'authentication: unix',
    'gateways[0].authentication',
    'listen.gateways_socket',
  ],
  ['no secret', '    secret_files: [./edge.key]\n', '', 'gateways[0].secret_files', 'one secret file'],
  ['three secrets', '[./edge.key]', '[./edge.key, ./directory.key, ./edge.key]', 'gateways[0].secret_files', 'at most 2'],
  ['one secret twice', '[./edge.key]', '[./edge.key, ./edge.key]', 'gateways[0].secret_files[1]', 'no other gateway'],
  ['a short secret', './edge.key', './short.key', 'gateways[0].secret_files[0]', '32 bytes'],
  ['an example secret', './edge.key', './example.key', 'gateways[0].secret_files[0]', 'not an example'],
  ['a secret file that is not there', './edge.key', './nothing.key', 'gateways[0].secret_files[0]', 'exists'],
  [
    'enrich for loopback',
    'authentication: shared_secret\n    secret_files: [./edge.key]',
    'authentication: loopback\n    enrich: true',
    'gateways[0].enrich',
    'never gets profile data',
  ],
  ['enrich without its door', 'resource_from: context_extension', 'resource_from: context_extension\n    enrich: true', 'gateways[0].enrich', 'v1 door'],
]

describe.each([
  ['the house', house],
  ['identity', identity],
  ['clients', clients],
  ['resources', resources],
  ['profiles', profiles],
  ['gateways', gateways],
] as const)('%s', (_section, refusals) => {
  beforeAll(() => {
    folder.write('readable.key', `${SECRET}x\n`, 0o640)
    folder.write('short.key', `${SECRET.slice(0, 31)}\n`)
    folder.write('example.key', 'change-me-change-me-change-me-change-me\n')
  })
  it.each(refusals)('refuses %s', (_what, from, to, path, expected) => {
    const found = folder.problems(from, to)
    expect(found.map((problem) => `${problem.path}: ${problem.expected}`)).toContainEqual(expect.stringContaining(expected))
    expect(found.find((problem) => problem.path === path && problem.expected.includes(expected))).toMatchObject({ line: expect.any(Number) })
  })
})

describe('loopback gateways', () => {
  const local = '  - { name: local, doors: [v1], resources: [payments], resource_from: request, authentication: loopback }\nlimits:'

  it('are accepted in development with a loopback issuer', () => {
    expect(folder.problems('limits:', local)).toEqual([])
  })

  it('are refused everywhere else', () => {
    const production = VALID.replace('limits:', local)
      .replace('development: true', 'development: false')
      .replace('issuer: http://127.0.0.1:8420', 'issuer: https://bailiwick.example.com')
      .replace('listen: 127.0.0.1:8420', 'listen: { agents: "127.0.0.1:1", gateways: "127.0.0.1:2", operators: "127.0.0.1:3" }')
    const result = folder.parse(production)
    expect(result.ok ? [] : result.problems.map((problem) => problem.path)).toEqual(['gateways[1].authentication'])
  })

  it('are refused twice for one door: nothing tells them apart', () => {
    expect(folder.problems('limits:', local.replace('limits:', local.replace('name: local', 'name: other')))).toMatchObject([
      { path: 'gateways[2].authentication' },
    ])
  })
})

describe('three addresses', () => {
  const production = VALID.replace('development: true', 'development: false').replace('issuer: http://127.0.0.1:8420', 'issuer: https://bailiwick.example.com')
  const listen = (planes: string): string => production.replace('listen: 127.0.0.1:8420', `listen: ${planes}`)

  it('are accepted outside development', () => {
    expect(folder.parse(listen('{ agents: "127.0.0.1:1", gateways: "[::1]:2", operators: "localhost:3" }'))).toMatchObject({
      ok: true,
      config: { listen: { gateways: { host: '::1', port: 2 } } },
    })
  })

  it('must not be one under two names', () => {
    expect(folder.parse(listen('{ agents: "127.0.0.1:1", gateways: "localhost:1", operators: "127.0.0.1:3" }'))).toMatchObject({
      ok: false,
      problems: [{ path: 'listen.gateways' }],
    })
  })

  it('must all be there', () => {
    expect(folder.parse(listen('{ agents: "127.0.0.1:1", gateways: "127.0.0.1:2" }'))).toMatchObject({ ok: false, problems: [{ path: 'listen.operators' }] })
  })
})

describe('key sets', () => {
  const sets: readonly (readonly [string, unknown, string])[] = [
    ['a private key', { keys: [PRIVATE_JWK] }, 'public keys only'],
    ['a symmetric key', { keys: [{ kty: 'oct', k: 'c2VjcmV0' }] }, 'public keys only'],
    ['no key', { keys: [] }, '1 to 16'],
    ['a key for encryption', { keys: [{ ...PUBLIC_JWK, use: 'enc' }] }, 'use: sig'],
    ['two keys of one kid', { keys: [PUBLIC_JWK, PUBLIC_JWK] }, 'different kid'],
    ['an alg that does not fit', { keys: [{ ...PUBLIC_JWK, alg: 'RS256' }] }, 'alg fits'],
    ['a point off the curve', { keys: [{ ...PUBLIC_JWK, x: PUBLIC_JWK.y }] }, 'EC'],
    ['a weak RSA key', { keys: [generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' })] }, '2048'],
  ]
  it.each(sets)('are refused with %s', (_what, set, expected) => {
    folder.write('other.jwks.json', JSON.stringify(set))
    const found = folder.problems('jwks_file: ./portal.jwks.json\n    may_launch', 'jwks_file: ./other.jwks.json\n    may_launch')
    expect(found).toMatchObject([{ path: 'clients[0].jwks_file', expected: expect.stringContaining(expected) }])
    expect(JSON.stringify(found)).not.toContain(PRIVATE_JWK.d)
  })

  it('may stand in the file itself', () => {
    expect(folder.problems('jwks_file: ./portal.jwks.json\n    may_launch', `jwks: ${JSON.stringify({ keys: [PUBLIC_JWK] })}\n    may_launch`)).toEqual([])
  })

  it('that are no JSON are refused, YAML or not', () => {
    folder.write('other.jwks.json', 'keys: []')
    expect(folder.problems('jwks_file: ./portal.jwks.json\n    may_launch', 'jwks_file: ./other.jwks.json\n    may_launch')).toMatchObject([
      { expected: 'a JSON document {"keys": [...]}' },
    ])
  })

  it('with a repeated member are refused: another reader may see another key', () => {
    folder.write('other.jwks.json', `{"keys":[],"keys":[${JSON.stringify(PUBLIC_JWK)}]}`)
    expect(folder.problems('jwks_file: ./portal.jwks.json\n    may_launch', 'jwks_file: ./other.jwks.json\n    may_launch')).toMatchObject([
      { expected: expect.stringContaining('repeated') },
    ])
  })
})

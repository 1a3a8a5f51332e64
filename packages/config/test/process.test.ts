// What one process is: its services, where it listens and under which certificate, its keys, and where it reports.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { planeUrl, redactConfig } from '../src/index.ts'
import type { BailiwickConfig, ConfigResult } from '../src/index.ts'
import { openFolder, PRIVATE_JWK, VALID } from './fixture.ts'
import type { Folder } from './fixture.ts'

const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n'
const KEY = '-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n'
const NODES = `  - id: edge-1
    kind: node
    authentication: mtls
    spiffe_id: spiffe://example.org/node/edge-1
  - id: edge-2
    kind: node
    authentication: private_key_jwt
    jwks_file: ./portal.jwks.json
`
const APART = VALID.replace('issuer: http://127.0.0.1:8420', 'issuer: https://bailiwick.example.com')
  .replace(
    'listen: 127.0.0.1:8420',
    'listen: { gateways: "0.0.0.0:8421", tls: { cert: ./tls.crt, key: ./tls.key, client_ca: ./ca.crt } }\nservices: [enrichment]',
  )
  .replace('development: true', 'node: { id: edge-1, reports_to: https://control.example.com:8422, tls: { ca: ./ca.crt, cert: ./node.crt, key: ./node.key } }')
  .replace('  - id: refund-agent', `${NODES}  - id: refund-agent`)
  .replace(/ {2}- name: local[\s\S]*$/, '')
  .concat('\nstore: { url: redis://127.0.0.1:6379, controls: [control-1] }\n')

let folder: Folder
beforeAll(() => {
  folder = openFolder()
  for (const name of ['tls.crt', 'ca.crt', 'node.crt']) folder.write(name, CERTIFICATE, 0o644)
  for (const name of ['tls.key', 'node.key']) folder.write(name, KEY)
  folder.write('open.key', KEY, 0o644)
  folder.write('edge-2.key.json', JSON.stringify(PRIVATE_JWK))
})
afterAll(() => folder.remove())

function configOf(result: ConfigResult): BailiwickConfig {
  if (!result.ok) throw new Error(result.problems.map(({ path, expected }) => `${path}: ${expected}`).join('; '))
  return result.config
}

describe('a process that runs one service', () => {
  it('becomes what the composition uses', () => {
    const config = configOf(folder.parse(APART))
    expect(config.services).toEqual(['enrichment'])
    expect(config.listen).toEqual({
      gateways: { host: '0.0.0.0', port: 8421 },
      tls: { certFile: join(folder.directory, 'tls.crt'), keyFile: join(folder.directory, 'tls.key'), clientCaFile: join(folder.directory, 'ca.crt') },
    })
    expect(config.node).toEqual({
      id: 'edge-1',
      canarySeconds: 300,
      reports: { urls: ['https://control.example.com:8422'] },
      tls: { ca: CERTIFICATE, cert: CERTIFICATE, key: expect.any(String) },
    })
    expect(config.node.tls.key?.trimEnd() === KEY.trimEnd()).toBe(true)
    expect([...config.clients.values()].find(({ id }) => id === 'edge-1')?.authentication).toEqual({
      method: 'mtls',
      spiffeId: 'spiffe://example.org/node/edge-1',
    })
  })

  it('runs all three unless told, and what the environment says over what the file says', () => {
    expect(configOf(folder.parse(VALID)).services).toEqual(['token-exchange', 'enrichment', 'control'])
    const { services } = configOf(folder.parse(APART, { BAILIWICK_SERVICES: 'enrichment,control', BAILIWICK_LISTEN_OPERATORS: '0.0.0.0:8422' }))
    expect(services).toEqual(['enrichment', 'control'])
  })

  it('proves itself with a key instead of a certificate, which nobody gets to see', () => {
    const proof = APART.replace('id: edge-1, reports_to', 'id: edge-2, client_key: ./edge-2.key.json, reports_to').replace(
      ', cert: ./node.crt, key: ./node.key',
      '',
    )
    const config = configOf(folder.parse(proof))
    expect(config.node.reports?.clientKey).toContain('"d":')
    expect(JSON.stringify(redactConfig(config))).not.toContain(PRIVATE_JWK.d)
  })

  it('reports to several controls', () => {
    const several = APART.replace('https://control.example.com:8422', '[https://control.example.com:8422, https://other.example.com:8422]')
    expect(configOf(folder.parse(several)).node.reports?.urls).toEqual(['https://control.example.com:8422', 'https://other.example.com:8422'])
    const { node } = configOf(folder.parse(several, { BAILIWICK_NODE_REPORTS_TO: 'https://third.example.com:8422,https://fourth.example.com' }))
    expect(node.reports?.urls).toEqual(['https://third.example.com:8422', 'https://fourth.example.com'])
  })

  it('verifies with a published key set', () => {
    expect(configOf(folder.parse(`${APART}keys: { jwks: https://bailiwick.example.com/.well-known/jwks.json }\n`)).keys).toEqual({
      kind: 'jwks',
      url: 'https://bailiwick.example.com/.well-known/jwks.json',
    })
  })

  it.each([
    ['a service nobody knows', 'services: [enrichment]', 'services: [enrichment, console]', 'services[1]'],
    ['no service', 'services: [enrichment]', 'services: []', 'services'],
    ['a service twice', 'services: [enrichment]', 'services: [enrichment, enrichment]', 'services[1]'],
    ['a service without its plane', 'services: [enrichment]', 'services: [enrichment, token-exchange]', 'listen.agents'],
    ['one service on the embedded store', /store: .*\n/, 'store: sqlite\n', 'services'],
    ['a network address without TLS', /, tls: \{ cert: .\/tls.crt[^}]*\}/, '', 'listen.gateways'],
    ['a key of the listener that others can read', 'key: ./tls.key', 'key: ./open.key', 'listen.tls.key'],
    ['a certificate that is none', 'cert: ./tls.crt', 'cert: ./portal.jwks.json', 'listen.tls.cert'],
    ['authorities that are not there', 'client_ca: ./ca.crt', 'client_ca: ./nowhere.crt', 'listen.tls.client_ca'],
    ['a socket that is too far from the root', 'tls: { cert', `gateways_socket: ./${'x'.repeat(104)}, tls: { cert`, 'listen.gateways_socket'],
    ['reports in clear', 'reports_to: https://', 'reports_to: http://', 'node.reports_to'],
    ['reports under a path', ':8422,', ':8422/v1,', 'node.reports_to'],
    [
      'reports to one control twice',
      'https://control.example.com:8422',
      '[https://control.example.com:8422, https://CONTROL.example.com:8422/]',
      'node.reports_to[1]',
    ],
    ['reports to nobody', 'https://control.example.com:8422', '[]', 'node.reports_to'],
    [
      'one of several reports in clear',
      'https://control.example.com:8422',
      '[https://control.example.com:8422, http://other.example.com]',
      'node.reports_to[1]',
    ],
    ['reports without a name', 'id: edge-1, reports_to', 'reports_to', 'node.id'],
    ['reports in the name of a client that is no node', 'id: edge-1, reports_to', 'id: support-portal, reports_to', 'node.id'],
    ['reports without a proof', ', cert: ./node.crt, key: ./node.key', '', 'node.client_key'],
    ['reports with two proofs', 'id: edge-1, reports_to', 'id: edge-1, client_key: ./edge-2.key.json, reports_to', 'node.client_key'],
    ['a certificate for an agent', /kind: node\n {4}authentication: mtls/, 'kind: agent\n    authentication: mtls', 'clients[1].authentication'],
    ['a certificate by no name', '    spiffe_id: spiffe://example.org/node/edge-1\n', '', 'clients[1].spiffe_id'],
    ['a certificate by two names', '/node/edge-1\n', '/node/edge-1\n    san: edge-1.example.com\n', 'clients[1].spiffe_id'],
  ])('is refused with %s', (_what, from, to, path) => {
    const text = APART.replace(from, to)
    expect(text).not.toBe(APART)
    const result = folder.parse(text)
    expect(result.ok ? [] : result.problems.map((problem) => problem.path)).toContain(path)
  })

  it.each([
    ['a directory beside it', 'keys: { jwks: https://b.example.com/j, directory: ./keys }\n', 'keys.directory', 'services: [enrichment]'],
    ['a service that signs', 'keys: { jwks: https://b.example.com/j }\n', 'keys.jwks', 'services: [enrichment, control]'],
    ['a key set in clear', 'keys: { jwks: http://b.example.com/j }\n', 'keys.jwks', 'services: [enrichment]'],
  ])('is refused a published key set with %s', (_what, keys, path, services) => {
    const result = folder.parse(`${APART.replace('services: [enrichment]', services)}${keys}`)
    expect(result.ok ? [] : result.problems.map((problem) => problem.path)).toContain(path)
  })
})

describe('where a plane is reached', () => {
  it.each([
    [{ shared: { host: '127.0.0.1', port: 1 } }, 'http://127.0.0.1:1'],
    [{ agents: { host: '::1', port: 1 } }, 'http://[::1]:1'],
    [{ agents: { host: '0.0.0.0', port: 1 }, tls: { certFile: '', keyFile: '' } }, 'https://127.0.0.1:1'],
    [{ gateways: { host: '127.0.0.1', port: 1 } }, undefined],
  ])('%j is %s', (listen, url) => {
    expect(planeUrl(listen, 'agents')).toBe(url)
  })
})

// Clients with certificates, and what ends TLS in front: what each method needs, and what it must not have.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { redactConfig } from '@bailiwick/config'
import { makeTestAuthority } from '@bailiwick/kit/test-authority'
import { testConfig, testGatewaySecret, tryTestConfig } from '@bailiwick/kit/test-config'
import type { ConfigPatch } from '@bailiwick/kit/test-config'

const folder = mkdtempSync(join(tmpdir(), 'bailiwick-config-certificates-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const authority = makeTestAuthority(folder)
const own = authority.issue('own', { dns: ['own.example.org'] })
const key = join(folder, 'front.key')
writeFileSync(key, testGatewaySecret('front'), { mode: 0o600 })
const two = join(folder, 'two.crt')
writeFileSync(two, `${readFileSync(own.cert, 'utf8')}${readFileSync(authority.ca, 'utf8')}`)

const PLANES = { agents: '127.0.0.1:18420', gateways: '127.0.0.1:18421', operators: '127.0.0.1:18422' }
const TLS = { cert: own.cert, key: own.key, client_ca: authority.ca }
const FRONT = { certificate_header: 'client-cert', secret_files: [key] }

function authenticationOf(client: ConfigPatch, listen: ConfigPatch = { ...PLANES, tls: TLS }): unknown {
  const config = testConfig({ listen, clients: [{ id: 'payer', kind: 'agent', resources: ['payments'], ...client }] })
  return [...config.clients.values()].find(({ id }) => id === 'payer')?.authentication
}

function problems(client: ConfigPatch, listen: ConfigPatch | string = { ...PLANES, tls: TLS }): readonly string[] {
  const result = tryTestConfig({ listen, clients: [{ id: 'payer', kind: 'agent', resources: ['payments'], ...client }] })
  return result.ok ? [] : result.problems.map(({ path }) => path.replace(/^clients\[\d+\]\./, ''))
}

const NAMED = { authentication: 'tls_client_auth', san: 'payer.example.org' }
const SELF = { authentication: 'self_signed_tls_client_auth', certificate_files: [own.cert] }

describe('a client that proves itself by a certificate', () => {
  it('is known by a name of it, by its subject in the order of the certificate, by its SPIFFE ID, or by the certificate itself', () => {
    expect(authenticationOf(NAMED)).toEqual({ method: 'tls_client_auth', san: 'payer.example.org' })
    expect(authenticationOf({ authentication: 'tls_client_auth', subject_dn: 'CN=payer,OU=Agents,O=Example Inc.' })).toEqual({
      method: 'tls_client_auth',
      subject: 'O=Example Inc.\nOU=Agents\nCN=payer',
    })
    const svid = { method: 'spiffe_x509', spiffeId: 'spiffe://example.org/agent/payer' }
    expect(authenticationOf({ authentication: 'spiffe_x509', spiffe_id: svid.spiffeId })).toEqual(svid)
    expect(authenticationOf(SELF)).toEqual({ method: 'self_signed_tls_client_auth', thumbprints: [expect.stringMatching(/^[\w-]{43}$/)] })
    expect(authenticationOf(NAMED, { ...PLANES, front: FRONT })).toMatchObject({ method: 'tls_client_auth' })
    expect(authenticationOf({ ...SELF, proof: 'mtls' }, { ...PLANES, tls: { cert: own.cert, key: own.key } })).toMatchObject({
      method: 'self_signed_tls_client_auth',
    })
  })

  it.each<[string, ConfigPatch, string]>([
    ['no name', { authentication: 'tls_client_auth' }, 'san'],
    ['two names', { ...NAMED, subject_dn: 'CN=payer' }, 'san'],
    ['a subject that would need an escape', { authentication: 'tls_client_auth', subject_dn: 'CN=a+O=b' }, 'subject_dn'],
    ['a subject with a space it would lose', { authentication: 'tls_client_auth', subject_dn: 'CN=a, O=b' }, 'subject_dn'],
    ['a key set beside it', { ...NAMED, jwks_file: './x.json' }, 'jwks_file'],
    ['no SPIFFE ID', { authentication: 'spiffe_x509' }, 'spiffe_id'],
    ['a SPIFFE ID of another domain', { authentication: 'spiffe_x509', spiffe_id: 'spiffe://other.org/a' }, 'spiffe_id'],
    ['no certificate', { authentication: 'self_signed_tls_client_auth' }, 'certificate_files'],
    ['a certificate that is not there', { ...SELF, certificate_files: ['./nowhere.crt'] }, 'certificate_files[0]'],
    ['a file that holds none', { ...SELF, certificate_files: [own.key] }, 'certificate_files[0]'],
    ['a file that holds two', { ...SELF, certificate_files: [two] }, 'certificate_files[0]'],
    ['the method of nodes', { authentication: 'mtls', san: 'payer.example.org' }, 'authentication'],
    ['the kind of nodes', { ...NAMED, kind: 'node', resources: [] }, 'authentication'],
  ])('is refused with %s', (_name, client, path) => {
    expect(problems(client)).toContain(path)
  })

  it('is refused where nobody would see the certificate, or nobody says whose count', () => {
    expect(problems(NAMED, PLANES)).toContain('authentication')
    expect(problems(NAMED, { ...PLANES, tls: { cert: own.cert, key: own.key } })).toContain('authentication')
    expect(problems(SELF, PLANES)).toContain('authentication')
    expect(problems(NAMED, '127.0.0.1:8420')).toContain('authentication')
  })
})

describe('what ends TLS in front', () => {
  it('has its secret by hash alone, and is not shown with it', () => {
    const config = testConfig({ listen: { ...PLANES, front: FRONT } })
    expect(config.listen).toMatchObject({
      front: { certificateHeader: 'client-cert', authentication: { method: 'shared_secret', secretHashes: [expect.any(Uint8Array)] } },
    })
    expect(JSON.stringify(redactConfig(config))).not.toContain(testGatewaySecret('front'))
  })

  it('is known by its certificate instead, exactly, where somebody says whose count', () => {
    const front = { certificate_header: 'client-cert', san: 'front.example.org' }
    expect(testConfig({ listen: { ...PLANES, tls: TLS, front } }).listen).toMatchObject({
      front: { authentication: { method: 'mtls', san: 'front.example.org' } },
    })
    expect(tryTestConfig({ listen: { ...PLANES, front } })).toMatchObject({ ok: false, problems: [{ path: 'listen.front' }] })
    expect(tryTestConfig({ listen: { ...PLANES, tls: TLS, front: { ...front, secret_files: [key] } } })).toMatchObject({ ok: false })
  })

  it.each<[string, ConfigPatch, string]>([
    ['no proof of itself', { certificate_header: 'client-cert' }, 'listen.front'],
    ['a secret that is not there', { ...FRONT, secret_files: ['./nowhere.key'] }, 'listen.front.secret_files[0]'],
    ['a header nobody defines', { ...FRONT, certificate_header: 'x-client' }, 'listen.front.certificate_header'],
  ])('is refused with %s', (_name, front, path) => {
    const result = tryTestConfig({ listen: { ...PLANES, front } })
    // A form that fits neither of two is one problem of the whole setting.
    expect(result.ok ? [] : result.problems.map((problem) => problem.path)).toEqual([expect.stringMatching(/^listen/)])
    expect(path).toMatch(/^listen/)
  })
})

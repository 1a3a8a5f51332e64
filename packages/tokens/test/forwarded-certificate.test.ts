// The certificate a client showed, in the spellings of what ended its connection. A wrong or doubtful one is none that anybody could hold.
import { X509Certificate, createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { makeTestAuthority } from '@bailiwick/kit/test-authority'
import { certificateOfEscapedPem, readForwardedCertificate, thumbprintOfDer } from '../src/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'bailiwick-thumbprint-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const authority = makeTestAuthority(folder)
const pem = readFileSync(authority.issue('agent', { dns: ['agent.example'] }).cert, 'utf8')
const otherPem = readFileSync(authority.issue('other', { dns: ['other.example'] }).cert, 'utf8')
const caPem = readFileSync(authority.ca, 'utf8')
const der = new X509Certificate(pem).raw
const base64 = der.toString('base64')
const hex = createHash('sha256').update(der).digest('hex')
const thumbprint = createHash('sha256').update(der).digest('base64url')
const encoded = encodeURIComponent(pem)

it('is named by the hash of its DER', () => {
  expect(thumbprintOfDer(der)).toBe(thumbprint)
  expect(certificateOfEscapedPem(encoded)?.raw).toEqual(der)
  expect(certificateOfEscapedPem(encodeURIComponent(pem.replaceAll('\n', '\r\n')))?.raw).toEqual(der)
})

/** Each could be the certificate to one reader and something else to another. */
const DOUBTFUL: readonly (readonly [string, string])[] = [
  ['with the certificate of its authority behind it', `${pem}${caPem}`],
  ['behind the certificate of its authority', `${caPem}${pem}`],
  ['twice', `${pem}${pem}`],
  ['with text in front', `subject=CN=other\n${pem}`],
  ['with text behind', `${pem}x`],
  ['with bytes behind its end', pemOf(Buffer.concat([der, Buffer.from('x')]))],
  ['with another certificate in one block', pemOf(Buffer.concat([der, new X509Certificate(otherPem).raw]))],
  ['without its last byte', pemOf(der.subarray(0, -1))],
  ['of another kind', pem.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE')],
  ['that holds none', pemOf(Buffer.from([0, 0, 0]))],
  ['without anything in it', '-----BEGIN CERTIFICATE-----\n\n-----END CERTIFICATE-----\n'],
  ['with bytes between its lines', pem.replace('\n', '\n\0')],
]

it.each(DOUBTFUL)('is none in PEM %s', (_name, text) => {
  expect(certificateOfEscapedPem(encodeURIComponent(text))).toBeUndefined()
  expect(readForwardedCertificate('x-forwarded-client-cert', [`Cert="${encodeURIComponent(text)}"`])).toBe('unclear')
})

it.each([
  ['behind the first line', (space: string) => `-----BEGIN CERTIFICATE-----${space}x`],
  ['in front', (space: string) => `${space}x`],
  ['between its lines', (space: string) => `-----BEGIN CERTIFICATE-----\nAA${space}AA${space}x`],
])('is none with tens of thousands of spaces %s, and that is known at once', (_name, text) => {
  for (const space of [' ', '\n', '\t']) expect(certificateOfEscapedPem(encodeURIComponent(text(space.repeat(20_000))))).toBeUndefined()
  // Within what one header line may hold; a pattern that shares out white space takes minutes for it.
  expect(certificateOfEscapedPem(text('\n'.repeat(30_000)))).toBeUndefined()
})

it.each(['', '%', 'x', '%E0%A4%A', 'x'.repeat(70_000)])('is none in escaped text that is no PEM, %#', (text) => {
  expect(certificateOfEscapedPem(text)).toBeUndefined()
})

describe('x-forwarded-client-cert', () => {
  it.each([
    ['a hash', `Hash=${hex}`],
    [
      'a hash in capitals among other things',
      `By=spiffe://a/b;Hash=${hex.toUpperCase()};Subject="CN=agent,O=\\"x\\"; y";URI=spiffe://example.org/a;DNS=a;DNS=b`,
    ],
  ])('tells of one by %s', (_name, value) => {
    expect(readForwardedCertificate('x-forwarded-client-cert', [value])).toEqual({ thumbprint })
  })

  it.each([
    ['a certificate', `Cert="${encoded}"`],
    ['both, which agree', `Hash=${hex};Cert="${encoded}"`],
  ])('tells of one whole by %s', (_name, value) => {
    expect(readForwardedCertificate('x-forwarded-client-cert', [value])).toMatchObject({ thumbprint, certificate: { raw: der } })
  })

  it.each([
    ['of two hops', `Hash=${hex},Hash=${hex}`],
    ['with a second hop in front', `By=x,Hash=${hex}`],
    ['with two hashes', `Hash=${hex};Hash=${'0'.repeat(64)}`],
    ['with two hashes in other letters', `Hash=${hex};hash=${'0'.repeat(64)}`],
    ['whose hash and certificate differ', `Hash=${hex};Cert="${encodeURIComponent(otherPem)}"`],
    ['with half a hash', `Hash=${hex.slice(2)}`],
    ['with a hash of another kind', `Hash=${thumbprint}`],
    ['with a certificate that is none', `Hash=${hex};Cert="x"`],
    ['with a quote that does not end', `Subject="CN=x;Hash=${hex}`],
    ['with a hash inside quotes of another value', `Subject="Hash=${hex}"`],
    ['with a space', `Hash=${hex}; By=x`],
    ['without either', 'By=spiffe://a/b'],
    ['that is too long', `By=${'x'.repeat(70_000)};Hash=${hex}`],
  ])('is unclear %s', (_name, value) => {
    expect(readForwardedCertificate('x-forwarded-client-cert', [value])).toBe('unclear')
  })
})

describe('client-cert', () => {
  it('tells of one whole', () => {
    expect(readForwardedCertificate('client-cert', [`:${base64}:`])).toMatchObject({ thumbprint, certificate: { raw: der } })
  })

  it.each([
    ['without colons', base64],
    ['with one', `:${base64}`],
    ['with a parameter', `:${base64}:;a=1`],
    ['of a list', `:${base64}:, :${base64}:`],
    ['with a space in front', ` :${base64}:`],
    ['with a break inside', `:${base64.slice(0, 64)} ${base64.slice(64)}:`],
    ['in the letters of URLs', `:${der.toString('base64url')}:`],
    ['without its filling', `:${base64.replace(/=+$/, '')}${base64.endsWith('=') ? '' : '='}:`],
    ['with bytes behind its end', `:${Buffer.concat([der, Buffer.from('xyz')]).toString('base64')}:`],
    ['with a chain in one', `:${Buffer.concat([der, new X509Certificate(caPem).raw]).toString('base64')}:`],
    ['as PEM', `:${Buffer.from(pem).toString('base64')}:`],
    ['with a gateway’s own placeholder', ':{http.request.tls.client.certificate_der_base64}:'],
    ['that is too long', `:${Buffer.alloc(60_000).toString('base64')}:`],
    ['of the other header', `Hash=${hex}`],
  ])('is unclear %s', (_name, value) => {
    expect(readForwardedCertificate('client-cert', [value])).toBe('unclear')
  })
})

it.each([
  ['x-forwarded-client-cert', `Hash=${hex}`, ['', undefined]],
  ['client-cert', `:${base64}:`, ['', '::', undefined]],
] as const)('%s tells of none where it is empty or absent, and of nothing in two lines', (header, good, none) => {
  for (const value of none) expect(readForwardedCertificate(header, value === undefined ? [] : [value])).toBe('none')
  expect(readForwardedCertificate(header, [good, good])).toBe('unclear')
  expect(readForwardedCertificate(header, ['', good])).toBe('unclear')
})

function pemOf(bytes: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64').replaceAll(/(.{64})/g, '$1\n')}\n-----END CERTIFICATE-----\n`
}

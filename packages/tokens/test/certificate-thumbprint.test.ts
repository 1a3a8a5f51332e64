// The certificate a client showed a gateway, in the spellings of gateways. A wrong or doubtful one is none.
import { X509Certificate, createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { makeTestAuthority } from '@bailiwick/kit/test-authority'
import { thumbprintOfDer, thumbprintOfPem, thumbprintOfXfcc } from '../src/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'bailiwick-thumbprint-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const authority = makeTestAuthority(folder)
const pem = readFileSync(authority.issue('agent', { dns: ['agent.example'] }).cert, 'utf8')
const otherPem = readFileSync(authority.issue('other', { dns: ['other.example'] }).cert, 'utf8')
const der = new X509Certificate(pem).raw
const hex = createHash('sha256').update(der).digest('hex')
const thumbprint = createHash('sha256').update(der).digest('base64url')
const encoded = encodeURIComponent(pem)

it('is the hash of the DER, from DER and from URL-encoded PEM', () => {
  expect(thumbprintOfDer(der)).toBe(thumbprint)
  expect(thumbprintOfPem(encoded)).toBe(thumbprint)
  // What leads to its authority may follow; the first certificate is the client's.
  expect(thumbprintOfPem(encodeURIComponent(`${pem}${readFileSync(authority.ca, 'utf8')}`))).toBe(thumbprint)
})

it.each(['', '%', 'x', encodeURIComponent('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'), 'x'.repeat(70_000)])('is none of %#', (text) => {
  expect(thumbprintOfPem(text)).toBeUndefined()
})

it.each([
  ['a hash', `Hash=${hex}`],
  ['a hash in capitals among other things', `By=spiffe://a/b;Hash=${hex.toUpperCase()};Subject="CN=agent,O=\\"x\\"; y";URI=spiffe://example.org/a;DNS=a;DNS=b`],
  ['a certificate', `Cert="${encoded}"`],
  ['both, which agree', `Hash=${hex};Cert="${encoded}"`],
])('is read from an x-forwarded-client-cert with %s', (_name, value) => {
  expect(thumbprintOfXfcc(value)).toBe(thumbprint)
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
  ['without anything', ''],
])('is not read from one %s', (_name, value) => {
  expect(thumbprintOfXfcc(value)).toBeUndefined()
})

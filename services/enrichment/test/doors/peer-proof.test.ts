import { expect, it } from 'vitest'
import type { GatewayProof } from '@bailiwick/core'
import { PROXY_HEADER, proofOf } from '../../src/doors/peer-proof.ts'
import type { Connection } from '../../src/doors/peer-proof.ts'

const LOCAL: Connection = { via: 'network', address: '127.0.0.1', secrets: [], forwarded: false }

it.each([
  ['a secret', { ...LOCAL, secrets: ['s'] }, { kind: 'secret', secret: 's' }],
  ['the same secret in both places', { ...LOCAL, secrets: ['s', 's'] }, { kind: 'secret', secret: 's' }],
  ['two secrets', { ...LOCAL, secrets: ['s', 't'] }, { kind: 'secret', secret: '' }],
  ['being connected to the socket', { ...LOCAL, via: 'unix', address: undefined }, { kind: 'unix' }],
  ['a secret there', { ...LOCAL, via: 'unix', secrets: ['s'] }, { kind: 'secret', secret: 's' }],
  ['a connection whose address is gone', { ...LOCAL, address: undefined }, { kind: 'none', loopback: false, forwarded: false }],
  ['nothing', LOCAL, { kind: 'none', loopback: true, forwarded: false }],
  ['nothing, through a proxy', { ...LOCAL, forwarded: true }, { kind: 'none', loopback: true, forwarded: true }],
  ['nothing, from elsewhere', { ...LOCAL, address: '10.0.0.1' }, { kind: 'none', loopback: false, forwarded: false }],
  ['a mapped address of this machine', { ...LOCAL, address: '::ffff:127.0.0.1' }, { kind: 'none', loopback: true, forwarded: false }],
  ['an address that only begins like this machine', { ...LOCAL, address: '127.0.0.1.evil' }, { kind: 'none', loopback: false, forwarded: false }],
  ['no address', { ...LOCAL, address: undefined }, { kind: 'none', loopback: false, forwarded: false }],
  [
    'a certificate',
    { ...LOCAL, certificate: { subjectaltname: 'URI:spiffe://example.org/edge, DNS:edge.example.org' } },
    { kind: 'mtls', spiffeId: 'spiffe://example.org/edge', sans: ['edge.example.org', 'spiffe://example.org/edge'] },
  ],
  [
    'a certificate with two URI names, which is no SVID',
    { ...LOCAL, certificate: { subjectaltname: 'URI:spiffe://example.org/a, URI:spiffe://example.org/b' } },
    { kind: 'mtls', sans: ['spiffe://example.org/a', 'spiffe://example.org/b'] },
  ],
  [
    'a certificate whose name holds a separator',
    { ...LOCAL, certificate: { subjectaltname: 'DNS:"evil, URI:spiffe://example.org/edge"' } },
    { kind: 'none', loopback: true, forwarded: false },
  ],
  ['a secret beside a certificate', { ...LOCAL, secrets: ['s'], certificate: { subjectaltname: 'DNS:edge' } }, { kind: 'secret', secret: 's' }],
] satisfies [string, Connection, GatewayProof][])('reads %s', (_what, connection, proof) => {
  expect(proofOf(connection)).toEqual(proof)
})

it.each(['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-proto'])('takes %s as the sign of a proxy', (name) => {
  expect(PROXY_HEADER.test(name)).toBe(true)
})

it('takes no other header for one', () => {
  expect(PROXY_HEADER.test('x-via')).toBe(false)
})

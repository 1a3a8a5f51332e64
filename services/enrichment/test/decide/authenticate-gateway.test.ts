import { describe, expect, it } from 'vitest'
import type { Channel, GatewayProof } from '@bailiwick/core'
import type { GatewayConfig } from '@bailiwick/config'
import { authenticateGateway } from '../../src/decide/authenticate-gateway.ts'
import { CHANNEL, EDGE, LOCAL, SECRET } from '../fixtures.ts'

const UNAUTHENTICATED = { ok: false, denial: { reason: 'gateway_unauthenticated' } }

describe('a gateway', () => {
  it('is known by its secret', () => {
    expect(ask([EDGE], CHANNEL)).toEqual({ ok: true, value: EDGE })
  })

  it('is known by either secret during rotation', () => {
    const hashes = EDGE.authentication.method === 'shared_secret' ? EDGE.authentication.secretHashes : []
    const rotating: GatewayConfig = { ...EDGE, authentication: { method: 'shared_secret', secretHashes: [new Uint8Array(32), ...hashes] } }
    expect(ask([rotating], CHANNEL).ok).toBe(true)
  })

  it.each([
    ['another secret', { kind: 'secret', secret: `${SECRET}x` }],
    ['an empty secret', { kind: 'secret', secret: '' }],
    ['nothing, from this machine', { kind: 'none', loopback: true, forwarded: false }],
    ['a client certificate in place of its secret', { kind: 'mtls', spiffeId: 'spiffe://example.org/edge', sans: ['edge.example.org'] }],
  ] satisfies [string, GatewayProof][])('with a secret is not known by %s', (_what, presented) => {
    expect(ask([EDGE], { ...CHANNEL, presented })).toMatchObject(UNAUTHENTICATED)
  })

  it('is not known at a door it does not list', () => {
    expect(ask([{ ...EDGE, doors: ['v1'] }], CHANNEL)).toMatchObject(UNAUTHENTICATED)
  })

  it('needs its own leave to enrich', () => {
    const channel: Channel = { ...CHANNEL, door: 'enrich' }
    expect(ask([EDGE], channel)).toMatchObject(UNAUTHENTICATED)
    expect(ask([{ ...EDGE, enrich: true }], channel).ok).toBe(true)
  })

  it('is nobody when two entries accept the same secret at one door', () => {
    expect(ask([EDGE, { ...EDGE, name: 'other' }], CHANNEL)).toMatchObject({ ok: false, denial: { detail: 'ambiguous_gateway' } })
  })
})

describe('a loopback gateway', () => {
  const channel: Channel = { ...CHANNEL, presented: { kind: 'none', loopback: true, forwarded: false } }

  it('is known in development', () => {
    expect(ask([LOCAL], channel).ok).toBe(true)
  })

  it('is not known outside development', () => {
    expect(ask([LOCAL], channel, false)).toMatchObject(UNAUTHENTICATED)
  })

  it('is not known from another machine', () => {
    expect(ask([LOCAL], { ...channel, presented: { kind: 'none', loopback: false, forwarded: false } })).toMatchObject(UNAUTHENTICATED)
  })

  it('is not known through a proxy', () => {
    expect(ask([LOCAL], { ...channel, presented: { kind: 'none', loopback: true, forwarded: true } })).toMatchObject(UNAUTHENTICATED)
  })

  it('never enriches, whatever its entry says', () => {
    expect(ask([{ ...LOCAL, enrich: true }], { ...channel, door: 'enrich' })).toMatchObject(UNAUTHENTICATED)
  })

  it('is not what a caller with a wrong secret falls back to', () => {
    expect(ask([LOCAL], { ...channel, presented: { kind: 'secret', secret: 'wrong' } })).toMatchObject(UNAUTHENTICATED)
  })
})

describe('a gateway with a certificate', () => {
  const mesh: GatewayConfig = { ...EDGE, authentication: { method: 'mtls', spiffeId: 'spiffe://example.org/edge' } }
  const channel: Channel = { ...CHANNEL, presented: { kind: 'mtls', spiffeId: 'spiffe://example.org/edge', sans: [] } }

  it('is known by its exact SPIFFE ID', () => {
    expect(ask([mesh], channel).ok).toBe(true)
    expect(ask([mesh], { ...channel, presented: { kind: 'mtls', spiffeId: 'spiffe://example.org/edge/x', sans: [] } })).toMatchObject(UNAUTHENTICATED)
  })

  it('is known by an exact name', () => {
    const named: GatewayConfig = { ...EDGE, authentication: { method: 'mtls', san: 'edge.example.org' } }
    expect(ask([named], { ...channel, presented: { kind: 'mtls', sans: ['edge.example.org'] } }).ok).toBe(true)
    expect(ask([named], { ...channel, presented: { kind: 'mtls', sans: ['x.edge.example.org'] } })).toMatchObject(UNAUTHENTICATED)
  })

  it('is nobody when its entry names nothing', () => {
    expect(ask([{ ...EDGE, authentication: { method: 'mtls' } }], channel)).toMatchObject(UNAUTHENTICATED)
  })
})

function ask(gateways: readonly GatewayConfig[], channel: Channel, development = true): ReturnType<typeof authenticateGateway> {
  return authenticateGateway({ config: { gateways, development } }, channel)
}

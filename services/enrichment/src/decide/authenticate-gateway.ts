// Which configured gateway is asking. In order: the door is one the gateway may use, then its proof. A loopback gateway exists only in
// development and never for enrichment. Nothing of the checked request is looked at.
import { hash, timingSafeEqual } from 'node:crypto'
import { deny, ok } from '@bailiwick/core'
import type { Channel, DoorName, GatewayProof, Result } from '@bailiwick/core'
import type { BailiwickConfig, GatewayAuthentication, GatewayConfig } from '@bailiwick/config'

export interface GatewayDirectory {
  readonly config: Pick<BailiwickConfig, 'gateways' | 'development'>
}

/** Does NOT check which resource is asked for. Two gateways with the same proof at one door are nobody. */
export function authenticateGateway({ config }: GatewayDirectory, channel: Channel): Result<GatewayConfig> {
  const proof = channel.presented
  const shown = proof.kind === 'secret' ? hash('sha256', proof.secret, 'buffer') : undefined
  let found: GatewayConfig | undefined
  let matches = 0
  // Every entry is compared, whatever was found before: the time taken tells nothing about where a match was.
  for (const gateway of config.gateways) {
    if (!opens(gateway, channel.door) || !proves(gateway.authentication, proof, shown, config.development)) continue
    found = gateway
    matches += 1
  }
  if (found === undefined) return deny({ reason: 'gateway_unauthenticated', detail: `no_${channel.door}_gateway_with_this_${proof.kind}` })
  return matches === 1 ? ok(found) : deny({ reason: 'gateway_unauthenticated', detail: 'ambiguous_gateway' })
}

function opens(gateway: GatewayConfig, door: DoorName): boolean {
  switch (door) {
    case 'ext_authz':
    case 'forward_auth':
    case 'ext_mcp':
    case 'litellm':
    case 'authzen':
    case 'cerbos':
      return gateway.doors.includes(door)
    case 'decide':
      return gateway.doors.includes('v1')
    case 'enrich':
      return gateway.doors.includes('v1') && gateway.enrich && gateway.authentication.method !== 'loopback'
  }
}

function proves(authentication: GatewayAuthentication, proof: GatewayProof, shown: Buffer | undefined, development: boolean): boolean {
  switch (authentication.method) {
    case 'shared_secret':
      return proof.kind === 'secret' && proof.secret !== '' && isOneOf(shown, authentication.secretHashes)
    case 'mtls':
      return proof.kind === 'mtls' && isNamed(authentication, proof)
    case 'unix':
      return proof.kind === 'unix'
    case 'loopback':
      return development && proof.kind === 'none' && proof.loopback && !proof.forwarded
  }
}

function isOneOf(shown: Buffer | undefined, accepted: readonly Uint8Array[]): boolean {
  let equal = false
  if (shown === undefined) return equal
  for (const one of accepted) if (one.length === shown.length && timingSafeEqual(one, shown)) equal = true
  return equal
}

function isNamed(
  wanted: { readonly spiffeId?: string; readonly san?: string },
  proof: { readonly spiffeId?: string; readonly sans: readonly string[] },
): boolean {
  if (wanted.spiffeId === undefined && wanted.san === undefined) return false
  if (wanted.spiffeId !== undefined && wanted.spiffeId !== proof.spiffeId) return false
  return wanted.san === undefined || proof.sans.includes(wanted.san)
}

// What a connection proves of the gateway at its other end. Reads the door's own connection and metadata, never the checked request.
import type { PeerCertificate } from 'node:tls'
import { certificateNames } from '@bailiwick/core'
import type { GatewayProof } from '@bailiwick/core'

/** `unix`: a socket that only its owner can open; said by who made the listener, never found out from the connection. */
export type Via = 'network' | 'unix'

export interface Connection {
  readonly via: Via
  /** From the socket: `127.0.0.1`, `::1`; undefined where it has no address. */
  readonly address: string | undefined
  /** Every value the door's own place for the secret held. */
  readonly secrets: readonly string[]
  /** A client certificate the TLS layer has verified. */
  readonly certificate?: Pick<PeerCertificate, 'subjectaltname'> | undefined
  /** The door's own request came through a proxy, as its headers say. */
  readonly forwarded: boolean
}

/** A secret that was sent is judged alone: a wrong one is not mended by a certificate or by being local. */
export function proofOf(connection: Connection): GatewayProof {
  const [secret, ...others] = connection.secrets
  // Two different secrets prove nothing; the empty one is never configured.
  if (secret !== undefined) return { kind: 'secret', secret: others.every((other) => other === secret) ? secret : '' }
  if (connection.via === 'unix') return { kind: 'unix' }
  const names = certificateNames(connection.certificate?.subjectaltname)
  if (names !== undefined) return { kind: 'mtls', ...names }
  return { kind: 'none', loopback: isLoopback(connection.address), forwarded: connection.forwarded }
}

/** For the record: who was at the other end. */
export function peerOf(proof: GatewayProof, address: string | undefined): string {
  if (proof.kind === 'unix') return 'unix'
  return (proof.kind === 'mtls' ? proof.spiffeId : undefined) ?? address ?? 'unknown'
}

export const PROXY_HEADER = /^(?:forwarded|via|x-forwarded-.*)$/

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && (address === '::1' || /^(?:::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(address))
}

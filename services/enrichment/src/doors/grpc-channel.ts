// Who calls a gRPC door, from its own connection and metadata, or the static context of a gateway that has no metadata to put a secret in:
// never from the request that is judged.
import type { ServerUnaryCall } from '@grpc/grpc-js'
import type { Channel, DoorName } from '@bailiwick/core'
import { KEY_HEADER } from './http-channel.ts'
import { PROXY_HEADER, peerOf, proofOf } from './peer-proof.ts'
import type { Via } from './peer-proof.ts'

/** `contextSecrets`: what the gateway's own static context holds as its secret. */
export function grpcChannel(call: ServerUnaryCall<unknown, unknown>, door: DoorName, contextSecrets: readonly string[], via: Via): Channel {
  const address = addressOf(call.getPeer())
  const presented = proofOf({
    via,
    address,
    secrets: [...call.metadata.get(KEY_HEADER).map(String), ...contextSecrets],
    certificate: call.getAuthContext().sslPeerCertificate,
    forwarded: Object.keys(call.metadata.getMap()).some((name) => PROXY_HEADER.test(name)),
  })
  return { door, presented, peer: peerOf(presented, address) }
}

/** `127.0.0.1:4711` or `::1:4711`, as grpc-js joins them. */
function addressOf(peer: string): string | undefined {
  const end = peer.lastIndexOf(':')
  return end === -1 ? undefined : peer.slice(0, end)
}

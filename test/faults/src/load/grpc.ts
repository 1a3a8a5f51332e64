// The gateways' side of the gRPC doors: one channel per node, no retries. Whatever is no answer of the service is `undefined`: nobody knows.
import { Client, credentials, Metadata } from '@grpc/grpc-js'
import type { NodePlace } from '../cluster/house.ts'

export interface UnaryMethod<Request, Response> {
  readonly path: string
  readonly requestSerialize: (request: Request) => Buffer
  readonly responseDeserialize: (bytes: Buffer) => Response
}

export interface GrpcClient {
  /** `key`: what the gateway shows. */
  ask<Request, Response>(node: NodePlace, method: UnaryMethod<Request, Response>, request: Request, key: string): Promise<Response | undefined>
  close(): void
}

export function createGrpcClient(timeoutMs: number): GrpcClient {
  const clients = new Map<string, Client>()
  const clientOf = ({ name, at }: NodePlace): Client => {
    const known = clients.get(name)
    if (known !== undefined) return known
    const made = new Client(`${at.host}:${at.port}`, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_retries': 0,
      'grpc.initial_reconnect_backoff_ms': 50,
      'grpc.max_reconnect_backoff_ms': 250,
    })
    clients.set(name, made)
    return made
  }
  return {
    ask: (node, { path, requestSerialize, responseDeserialize }, request, key) =>
      new Promise((resolve) => {
        const metadata = new Metadata()
        metadata.set('x-bailiwick-gateway-key', key)
        clientOf(node).makeUnaryRequest(
          path,
          requestSerialize,
          responseDeserialize,
          request,
          metadata,
          { deadline: Date.now() + timeoutMs },
          (error, response) => {
            resolve(error === null ? response : undefined)
          },
        )
      }),
    close() {
      for (const client of clients.values()) client.close()
    },
  }
}

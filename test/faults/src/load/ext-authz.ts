// The gateway's side of ext_authz: one channel per node, no retries, whatever is no CheckResponse is no answer.
import { create, toBinary } from '@bufbuild/protobuf'
import { Client, credentials, Metadata } from '@grpc/grpc-js'
import { authorizationService, CheckRequestSchema } from '@bailiwick/wire'
import type { CheckResponse } from '@bailiwick/wire'
import type { House, NodePlace } from '../cluster/house.ts'

export interface ExtAuthzAnswer {
  readonly result: 'allow' | 'deny'
  readonly reason?: string
  readonly recordId?: string
}

export interface ExtAuthzClient {
  check(node: NodePlace, resource: string, headers: readonly (readonly [string, string])[], body: string): Promise<ExtAuthzAnswer | undefined>
  close(): void
}

const DECISION_HEADER = 'x-bailiwick-decision'

export function createExtAuthzClient(house: House, timeoutMs: number): ExtAuthzClient {
  const clients = new Map<string, Client>()
  const metadata = new Metadata()
  metadata.set('x-bailiwick-gateway-key', house.gatewayKey)
  const { path, responseDeserialize } = authorizationService.check
  const clientOf = (node: NodePlace): Client => {
    const known = clients.get(node.name)
    if (known !== undefined) return known
    const made = new Client(`127.0.0.1:${node.port}`, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_retries': 0,
      'grpc.initial_reconnect_backoff_ms': 50,
      'grpc.max_reconnect_backoff_ms': 250,
    })
    clients.set(node.name, made)
    return made
  }
  return {
    check: (node, resource, headers, body) =>
      new Promise((resolve) => {
        const request = encode(resource, headers, body)
        const options = { deadline: Date.now() + timeoutMs }
        clientOf(node).makeUnaryRequest(path, asItIs, responseDeserialize, request, metadata, options, (error, response) => {
          resolve(error === null ? answerIn(response) : undefined)
        })
      }),
    close() {
      for (const client of clients.values()) client.close()
    },
  }
}

function asItIs(bytes: Buffer): Buffer {
  return bytes
}

function answerIn(response: CheckResponse | undefined): ExtAuthzAnswer | undefined {
  const answer = response?.httpResponse
  if (response?.status?.code === 0 && answer?.case === 'okResponse') {
    const decision = answer.value.headers.find(({ header }) => header?.key === DECISION_HEADER)?.header?.value
    return { result: 'allow', ...(decision === undefined ? {} : { recordId: decision }) }
  }
  if (answer?.case !== 'deniedResponse' || response?.status === undefined) return undefined
  return { result: 'deny', reason: response.status.message }
}

function encode(resource: string, headers: readonly (readonly [string, string])[], body: string): Buffer {
  const rawBody = Buffer.from(body)
  const message = create(CheckRequestSchema, {
    attributes: {
      request: {
        http: {
          method: 'POST',
          path: '/mcp',
          host: `${resource}.example.com`,
          scheme: 'https',
          protocol: 'HTTP/2',
          headers: { ...Object.fromEntries(headers), 'x-envoy-auth-partial-body': 'false' },
          rawBody,
          size: BigInt(rawBody.length),
        },
      },
      contextExtensions: { bailiwick_resource: resource },
    },
  })
  return Buffer.from(toBinary(CheckRequestSchema, message))
}

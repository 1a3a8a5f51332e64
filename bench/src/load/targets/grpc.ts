// Unary calls over grpc-js, a few connections for all. The requests are encoded beforehand, so that the generator's own share of the machine
// stays small.
import { toBinary } from '@bufbuild/protobuf'
import type { DescMessage, MessageShape } from '@bufbuild/protobuf'
import { Client, Metadata, credentials } from '@grpc/grpc-js'
import type { Method } from '@bailiwick/wire'
import type { Target } from '../target.ts'

export interface GrpcTargetOptions<Request extends DescMessage, Response extends DescMessage> {
  readonly url: string
  readonly gatewayKey: string
  readonly method: Method<Request, Response>
  readonly requestSchema: Request
  /** Sent in turn. */
  readonly requests: readonly MessageShape<Request>[]
  /** Undefined for an explicit allow, else what came instead. */
  readonly refusalIn: (response: MessageShape<Response> | undefined) => string | undefined
}

/** As many as an Envoy of two workers opens. */
const CONNECTIONS = 2
const DEADLINE_MS = 2_000

export async function grpcTarget<Request extends DescMessage, Response extends DescMessage>(options: GrpcTargetOptions<Request, Response>): Promise<Target> {
  const { url, gatewayKey, method, refusalIn } = options
  const requests = options.requests.map((message) => encode(options.requestSchema, message))
  const clients = Array.from(
    { length: CONNECTIONS },
    () => new Client(new URL(url).host, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1, 'grpc.enable_retries': 0 }),
  )
  await Promise.all(clients.map((client) => connected(client)))
  const metadata = new Metadata()
  metadata.set('x-bailiwick-gateway-key', gatewayKey)
  return {
    operation: (n, done) => {
      const client = clients[n % clients.length]
      const request = requests[n % requests.length]
      if (client === undefined || request === undefined) return done('nothing to send')
      client.makeUnaryRequest(method.path, asItIs, method.responseDeserialize, request, metadata, { deadline: Date.now() + DEADLINE_MS }, (error, response) => {
        done(error === null ? refusalIn(response) : `grpc ${error.code}`)
      })
    },
    close: async () => {
      for (const client of clients) client.close()
    },
  }
}

function connected(client: Client): Promise<void> {
  return new Promise((resolve, reject) => {
    client.waitForReady(Date.now() + 5_000, (error) => (error === undefined ? resolve() : reject(error)))
  })
}

function encode<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): Buffer {
  const bytes = toBinary(schema, message)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function asItIs(bytes: Buffer): Buffer {
  return bytes
}

// Unary gRPC calls over a few connections of our own (frames.ts). The requests are encoded beforehand, so that the generator's own share of the
// machine stays small: a general client took a third of a millisecond for each.
import { toBinary } from '@bufbuild/protobuf'
import type { DescMessage, MessageShape } from '@bufbuild/protobuf'
import type { Method } from '@bailiwick/wire'
import type { Target } from '../target.ts'
import { openFrames, toFrames } from './frames.ts'

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

export async function grpcTarget<Request extends DescMessage, Response extends DescMessage>(options: GrpcTargetOptions<Request, Response>): Promise<Target> {
  const { gatewayKey, method, refusalIn } = options
  const { host, hostname, port } = new URL(options.url)
  const headers = [
    [':method', 'POST'],
    [':scheme', 'http'],
    [':path', method.path],
    [':authority', host],
    ['content-type', 'application/grpc'],
    ['te', 'trailers'],
    ['grpc-timeout', '2S'],
    ['x-bailiwick-gateway-key', gatewayKey],
  ] as const
  const requests = options.requests.map((message) => toFrames(headers, toBinary(options.requestSchema, message)))
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => openFrames(hostname, Number(port))))
  const judge = (answer: Buffer): string | undefined => {
    try {
      return refusalIn(method.responseDeserialize(answer))
    } catch {
      return 'unreadable answer'
    }
  }
  return {
    operation: (n, done) => {
      const connection = connections[n % connections.length]
      const request = requests[n % requests.length]
      if (connection === undefined || request === undefined) return done('nothing to send')
      connection.call(request, (answer) => done(typeof answer === 'string' ? answer : judge(answer)))
    },
    close: async () => {
      for (const connection of connections) connection.close()
    },
  }
}

// CheckRequests as Envoy sends them with a whole body, over grpc-js. Only an explicit allow is a success. The requests are encoded beforehand,
// so that the generator's own share of the machine stays small.
import { create, toBinary } from '@bufbuild/protobuf'
import { Client, Metadata, credentials } from '@grpc/grpc-js'
import { authorizationService, CheckRequestSchema } from '@bailiwick/wire'
import type { CheckResponse } from '@bailiwick/wire'
import { refundBody, refundHeaders } from '../../house/mcp-call.ts'
import type { Supplies } from '../../house/supplies.ts'
import type { Target } from '../target.ts'

/** As many as an Envoy of two workers opens. */
const CONNECTIONS = 2
const DEADLINE_MS = 2_000

export async function extAuthzTarget({ url, gatewayKey }: Supplies, tokens: readonly string[]): Promise<Target> {
  const requests = tokens.map((token, n) => encodeRequest(token, n))
  const clients = Array.from(
    { length: CONNECTIONS },
    () => new Client(new URL(url).host, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1, 'grpc.enable_retries': 0 }),
  )
  await Promise.all(clients.map((client) => connected(client)))
  const metadata = new Metadata()
  metadata.set('x-bailiwick-gateway-key', gatewayKey)
  const { path, responseDeserialize } = authorizationService.check
  return {
    operation: (n, done) => {
      const client = clients[n % clients.length]
      const request = requests[n % requests.length]
      if (client === undefined || request === undefined) return done('nothing to send')
      client.makeUnaryRequest(path, asItIs, responseDeserialize, request, metadata, { deadline: Date.now() + DEADLINE_MS }, (error, response) => {
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

function asItIs(bytes: Buffer): Buffer {
  return bytes
}

function refusalIn(response: CheckResponse | undefined): string | undefined {
  if (response?.status?.code === 0 && response.httpResponse.case === 'okResponse') return undefined
  return `denied: ${response?.status?.message ?? 'no response'}`
}

function encodeRequest(token: string, n: number): Buffer {
  const rawBody = refundBody(n)
  const message = create(CheckRequestSchema, {
    attributes: {
      source: { address: { address: { case: 'socketAddress', value: { address: '10.8.0.17', portSpecifier: { case: 'portValue', value: 52_114 } } } } },
      destination: { address: { address: { case: 'socketAddress', value: { address: '10.8.0.2', portSpecifier: { case: 'portValue', value: 8_443 } } } } },
      request: {
        http: {
          id: String(n),
          method: 'POST',
          path: '/mcp',
          host: 'payments.example.com',
          scheme: 'https',
          protocol: 'HTTP/2',
          headers: {
            ':method': 'POST',
            ':path': '/mcp',
            ':authority': 'payments.example.com',
            ...Object.fromEntries(refundHeaders(token, n)),
            'x-envoy-auth-partial-body': 'false',
          },
          rawBody,
          size: BigInt(rawBody.length),
        },
      },
      contextExtensions: { bailiwick_resource: 'payments' },
    },
  })
  const bytes = toBinary(CheckRequestSchema, message)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

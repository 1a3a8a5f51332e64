// A server that speaks Cerbos's protocol and answers whatever a test tells it to: what a broken or hostile decision point could say.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { Effect } from '@cerbos/api/cerbos/effect/v1/effect_pb'
import { CheckResourcesRequestSchema } from '@cerbos/api/cerbos/request/v1/request_pb'
import type { CheckResourcesRequest } from '@cerbos/api/cerbos/request/v1/request_pb'
import { CheckResourcesResponseSchema, CheckResourcesResponse_ResultEntrySchema } from '@cerbos/api/cerbos/response/v1/response_pb'
import type { CheckResourcesResponse_ResultEntry } from '@cerbos/api/cerbos/response/v1/response_pb'
import { ValidationErrorSchema, ValidationError_Source } from '@cerbos/api/cerbos/schema/v1/schema_pb'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import type { Metadata } from '@grpc/grpc-js'

export interface LyingCerbos {
  readonly address: string
  readonly requests: readonly CheckResourcesRequest[]
  /** What came beside each request. */
  readonly metadata: readonly Metadata[]
  close(): void
}

export type Lie = (honest: readonly CheckResourcesResponse_ResultEntry[]) => readonly CheckResourcesResponse_ResultEntry[]

/** Allows everything but the invalid canary, then lets `lie` change the results. */
export async function startLyingCerbos(lie: Lie): Promise<LyingCerbos> {
  const requests: CheckResourcesRequest[] = []
  const metadata: Metadata[] = []
  const server = new Server()
  const method = {
    path: '/cerbos.svc.v1.CerbosService/CheckResources',
    requestStream: false,
    responseStream: false,
    requestSerialize: (request: CheckResourcesRequest) => Buffer.from(toBinary(CheckResourcesRequestSchema, request)),
    requestDeserialize: (bytes: Buffer) => fromBinary(CheckResourcesRequestSchema, bytes),
    responseSerialize: (bytes: Uint8Array) => Buffer.from(bytes),
    responseDeserialize: (bytes: Buffer) => new Uint8Array(bytes),
  } as const
  server.addService(
    { CheckResources: method },
    {
      CheckResources: (call: { request: CheckResourcesRequest; metadata: Metadata }, done: (error: null, answer: Uint8Array) => void) => {
        requests.push(call.request)
        metadata.push(call.metadata)
        const results = [...lie(call.request.resources.map(honestResult))]
        done(null, toBinary(CheckResourcesResponseSchema, create(CheckResourcesResponseSchema, { cerbosCallId: 'lie', results })))
      },
    },
  )
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error === null ? resolve(bound) : reject(error)))
  })
  return { address: `127.0.0.1:${port}`, requests, metadata, close: () => server.forceShutdown() }
}

export const { ALLOW, DENY, UNSPECIFIED } = Effect
/** An effect of a later version of the protocol. */
export const NO_EFFECT = 17

export function result(kind: string, id: string, actions: Readonly<Record<string, number>>): CheckResourcesResponse_ResultEntry {
  return create(CheckResourcesResponse_ResultEntrySchema, { resource: { kind, id }, actions: { ...actions } })
}

function honestResult({ resource, actions }: CheckResourcesRequest['resources'][number]): CheckResourcesResponse_ResultEntry {
  const { kind = '', id = '' } = resource ?? {}
  const dead = kind === 'bailiwick:canary' && id === 'invalid'
  const entry = result(kind, id, Object.fromEntries(actions.map((action) => [action, dead ? DENY : ALLOW])))
  if (dead) entry.validationErrors.push(create(ValidationErrorSchema, { path: '/alive', message: 'expected boolean', source: ValidationError_Source.RESOURCE }))
  return entry
}

// Cerbos's API over gRPC: `cerbos.svc.v1.CerbosService/CheckResources`. Its clients know errors: who is nobody, and what is no request, gets one;
// every other refusal is an effect.
import { status } from '@grpc/grpc-js'
import type { UntypedServiceImplementation, handleUnaryCall } from '@grpc/grpc-js'
import { ok } from '@bailiwick/core'
import { UNREADABLE } from '@bailiwick/wire'
import type { CheckResourcesRequest, CheckResourcesResponse, Unreadable } from '@bailiwick/wire'
import type { Logger } from '@bailiwick/runtime'
import type { Decode } from '../decoding.ts'
import { grpcChannel } from '../grpc-channel.ts'
import { isLarge } from '../large-message.ts'
import type { Large } from '../large-message.ts'
import { checkResources } from './check.ts'
import type { CheckDeps } from './check.ts'
import { toAsked } from './decode.ts'
import type { Asked } from './decode.ts'

export interface CerbosHandlers extends UntypedServiceImplementation {
  readonly checkResources: handleUnaryCall<CheckResourcesRequest | Unreadable | Large, CheckResourcesResponse>
}

const CODES = { unauthenticated: status.UNAUTHENTICATED, malformed: status.INVALID_ARGUMENT } as const

export interface CerbosGrpcDeps extends CheckDeps {
  /** Of a large message. */
  readonly decode: Decode<Asked>
  readonly log: Pick<Logger, 'error'>
}

export function cerbosHandlers(deps: CerbosGrpcDeps): CerbosHandlers {
  return {
    checkResources: (call, answer) => {
      const { request } = call
      const deadline = deps.deadlineFor(isLarge(request) ? request.bytes.length : 0)
      const decode = (): ReturnType<Decode<Asked>> =>
        isLarge(request) ? deps.decode(request.bytes, request.bytes.length, deadline) : ok(toAsked(request === UNREADABLE ? undefined : request))
      checkResources(deps, grpcChannel(call, 'cerbos', [], deps.via), deadline, decode).then(
        (answered) => {
          if (answered.ok) answer(null, answered.response)
          else answer({ code: CODES[answered.problem], details: answered.message })
        },
        (thrown: unknown) => {
          deps.log.error({ err: thrown }, 'the cerbos door failed')
          answer({ code: status.UNAVAILABLE, details: 'the decision could not be made' })
        },
      )
    },
  }
}

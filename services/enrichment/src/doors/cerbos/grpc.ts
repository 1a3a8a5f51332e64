// Cerbos's API over gRPC: `cerbos.svc.v1.CerbosService/CheckResources`. Its clients know errors: who is nobody, and what is no request, gets one;
// every other refusal is an effect.
import { status } from '@grpc/grpc-js'
import type { UntypedServiceImplementation, handleUnaryCall } from '@grpc/grpc-js'
import { UNREADABLE } from '@bailiwick/wire'
import type { CheckResourcesRequest, CheckResourcesResponse, Unreadable } from '@bailiwick/wire'
import type { Logger } from '@bailiwick/runtime'
import { grpcChannel } from '../grpc-channel.ts'
import { checkResources } from './check.ts'
import type { CheckDeps } from './check.ts'

export interface CerbosHandlers extends UntypedServiceImplementation {
  readonly checkResources: handleUnaryCall<CheckResourcesRequest | Unreadable, CheckResourcesResponse>
}

const CODES = { unauthenticated: status.UNAUTHENTICATED, malformed: status.INVALID_ARGUMENT } as const

export function cerbosHandlers(deps: CheckDeps & { readonly log: Pick<Logger, 'error'> }): CerbosHandlers {
  return {
    checkResources: (call, answer) => {
      checkResources(deps, grpcChannel(call, 'cerbos', [], deps.via), call.request === UNREADABLE ? undefined : call.request).then(
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

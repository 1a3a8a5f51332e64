// Cerbos's API over gRPC: `cerbos.svc.v1.CerbosService/CheckResources` and `PlanResources`. Its clients know errors: who is nobody, and what is no
// request, gets one; every other refusal is an effect.
import { status } from '@grpc/grpc-js'
import type { UntypedServiceImplementation, handleUnaryCall } from '@grpc/grpc-js'
import { ok } from '@bailiwick/core'
import type { Channel, Deadline } from '@bailiwick/core'
import { UNREADABLE } from '@bailiwick/wire'
import type { CheckResourcesRequest, CheckResourcesResponse, PlanResourcesRequest, PlanResourcesResponse, Unreadable } from '@bailiwick/wire'
import type { Logger } from '@bailiwick/runtime'
import type { Decode } from '../decoding.ts'
import { grpcChannel } from '../grpc-channel.ts'
import { isLarge } from '../large-message.ts'
import type { Large } from '../large-message.ts'
import { checkResources } from './check.ts'
import type { Answered } from './check.ts'
import { toAsked } from './decode.ts'
import type { Asked } from './decode.ts'
import { toAskedPlan } from './decode-plan.ts'
import type { AskedPlan } from './decode-plan.ts'
import { planResources } from './plan.ts'
import type { PlanDeps } from './plan.ts'

export interface CerbosHandlers extends UntypedServiceImplementation {
  readonly checkResources: handleUnaryCall<CheckResourcesRequest | Unreadable | Large, CheckResourcesResponse>
  readonly planResources: handleUnaryCall<PlanResourcesRequest | Unreadable | Large, PlanResourcesResponse>
}

const CODES = { unauthenticated: status.UNAUTHENTICATED, malformed: status.INVALID_ARGUMENT } as const

export interface CerbosGrpcDeps extends PlanDeps {
  /** Of large messages. */
  readonly decode: { readonly check: Decode<Asked>; readonly plan: Decode<AskedPlan> }
  readonly log: Pick<Logger, 'error'>
}

export function cerbosHandlers(deps: CerbosGrpcDeps): CerbosHandlers {
  return {
    checkResources: answering(deps, deps.decode.check, toAsked, (...asked) => checkResources(deps, ...asked)),
    planResources: answering(deps, deps.decode.plan, toAskedPlan, (...asked) => planResources(deps, ...asked)),
  }
}

type Act<A, R> = (channel: Channel, deadline: Deadline, decode: () => ReturnType<Decode<A>>) => Promise<Answered<R>>

function answering<Request extends object, A, R>(
  deps: CerbosGrpcDeps,
  decodeLarge: Decode<A>,
  toAskedOf: (request: Request | undefined) => A,
  act: Act<A, R>,
): handleUnaryCall<Request | Unreadable | Large, R> {
  return (call, answer) => {
    const { request } = call
    const deadline = deps.deadlineFor(isLarge(request) ? request.bytes.length : 0)
    const decode = (): ReturnType<Decode<A>> =>
      isLarge(request) ? decodeLarge(request.bytes, request.bytes.length, deadline) : ok(toAskedOf(request === UNREADABLE ? undefined : request))
    act(grpcChannel(call, 'cerbos', [], deps.via), deadline, decode).then(
      (answered) => {
        if (answered.ok) answer(null, answered.response)
        else answer({ code: CODES[answered.problem], details: answered.message })
      },
      (thrown: unknown) => {
        deps.log.error({ err: thrown }, 'the cerbos door failed')
        answer({ code: status.UNAVAILABLE, details: 'the decision could not be made' })
      },
    )
  }
}

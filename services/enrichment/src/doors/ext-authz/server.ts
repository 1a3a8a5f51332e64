// The ext_authz door: decode, ask the walk, encode. Whatever happens inside, the gateway gets a decision: never a gRPC error, which it
// may be configured to take as leave to pass.
import type { ServerUnaryCall, UntypedServiceImplementation, handleUnaryCall } from '@grpc/grpc-js'
import { create } from '@bufbuild/protobuf'
import type { Channel, Decision, Question } from '@bailiwick/core'
import type { Logger } from '@bailiwick/runtime'
import { CheckRequestSchema, UNREADABLE } from '@bailiwick/wire'
import type { CheckRequest, CheckResponse, Unreadable } from '@bailiwick/wire'
import type { DeadlineFor } from '../decoding.ts'
import { grpcChannel } from '../grpc-channel.ts'
import type { Via } from '../peer-proof.ts'
import { bodyBytesOf, secretsIn, toQuestion } from './decode.ts'
import type { Dialect } from './decode.ts'
import { brokenDoorResponse, toCheckResponse } from './encode.ts'

export interface ExtAuthzDeps {
  readonly via: Via
  readonly deadlineFor: DeadlineFor
  readonly decide: (question: Question) => Promise<Decision>
  /** How the gateway of this channel writes its requests; undefined for a stranger, whom the walk will refuse. */
  readonly dialectOf: (channel: Channel) => Dialect | undefined
  readonly log: Pick<Logger, 'error'>
}

type CheckCall = ServerUnaryCall<CheckRequest | Unreadable, CheckResponse>

export interface ExtAuthzHandlers extends UntypedServiceImplementation {
  readonly check: handleUnaryCall<CheckRequest | Unreadable, CheckResponse>
}

const NOTHING = create(CheckRequestSchema)

export function extAuthzHandlers(deps: ExtAuthzDeps): ExtAuthzHandlers {
  return {
    check: (call, answer) => {
      check(deps, call).then(
        (response) => answer(null, response),
        (thrown: unknown) => {
          deps.log.error({ err: thrown }, 'the ext_authz door failed')
          answer(null, brokenDoorResponse())
        },
      )
    },
  }
}

async function check(deps: ExtAuthzDeps, call: CheckCall): Promise<CheckResponse> {
  // What cannot be read says nothing: the walk refuses it like an empty request, and there is a record of it.
  const request = call.request === UNREADABLE ? NOTHING : call.request
  const channel = grpcChannel(call, 'ext_authz', secretsIn(request), deps.via)
  const deadline = deps.deadlineFor(bodyBytesOf(request))
  const question = toQuestion(request, channel, deps.dialectOf(channel) ?? 'envoy', deadline)
  const headers = question.call.form === 'http' ? question.call.headers : []
  return toCheckResponse(await deps.decide(question), headers)
}

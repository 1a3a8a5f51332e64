// A PlanResourcesRequest as one question. As in `decode.ts` the principal is not even declared in our copy of the message. Nothing is judged.
import type { AskedForm, AskedQuestion } from '@bailiwick/core'
import { PlanResourcesRequestSchema, UNREADABLE, cerbosService, fromValues } from '@bailiwick/wire'
import type { PlanResourcesRequest } from '@bailiwick/wire'
import { credentialOf, readMessage } from './decode.ts'

export type AskedPlan =
  | {
      readonly ok: true
      readonly question: AskedQuestion & { readonly call: AskedForm }
      readonly actions: readonly string[]
      /** What the answer repeats. */
      readonly said: { readonly requestId: string; readonly action: string; readonly resourceKind: string; readonly policyVersion: string }
    }
  | { readonly ok: false; readonly problem: string }

/** Cerbos's own limit. */
const MAX_ACTIONS = 20

/** The JSON of a request. */
export function decodePlan(bytes: Uint8Array, maxBytes: number): AskedPlan {
  return toAskedPlan(readMessage(PlanResourcesRequestSchema, bytes, maxBytes))
}

/** The protobuf of a request. */
export function decodePlanMessage(bytes: Uint8Array): AskedPlan {
  const request = cerbosService.planResources.requestDeserialize(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
  return toAskedPlan(request === UNREADABLE ? undefined : request)
}

/** Undefined: what came was no request. */
export function toAskedPlan(request: PlanResourcesRequest | undefined): AskedPlan {
  if (request === undefined) return malformed('not a request')
  const { resource, requestId, action, auxData } = request
  if (resource === undefined || resource.kind === '') return malformed('resource: kind')
  if (action !== '' && request.actions.length > 0) return malformed('actions, not beside action')
  const actions = action === '' ? request.actions : [action]
  if (actions.length === 0 || actions.length > MAX_ACTIONS) return malformed(`actions: 1 to ${MAX_ACTIONS}`)
  if (new Set(actions).size !== actions.length) return malformed('actions: one twice')
  const attr = fromValues(resource.attr)
  if (attr === undefined) return malformed('resource: attributes')
  const { kind, policyVersion } = resource
  return {
    ok: true,
    question: {
      resourceHint: { from: 'request', value: kind.slice(kind.indexOf(':') + 1) },
      credential: credentialOf(auxData?.jwt?.token),
      // The action is only what the record names it by.
      call: { form: 'kind', kind, id: '*', action: `plan ${actions.join(' ')}`, attr },
    },
    actions,
    said: { requestId, action, resourceKind: kind, policyVersion },
  }
}

function malformed(problem: string): AskedPlan {
  return { ok: false, problem }
}

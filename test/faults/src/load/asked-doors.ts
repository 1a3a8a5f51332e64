// The doors whose caller writes the question: LiteLLM's guardrail API, AuthZEN, and Cerbos's own API over HTTP and gRPC. What LiteLLM and Cerbos answer to an
// allow does not name the decision, so its record is looked for by nobody.
import { create } from '@bufbuild/protobuf'
import { DENIALS } from '@bailiwick/core'
import { CheckResourcesRequestSchema, cerbosService, Effect, toValue } from '@bailiwick/wire'
import { gatewayKey, MODEL } from '../cluster/house.ts'
import type { NodePlace } from '../cluster/house.ts'
import { isAnswer, NOTHING, reasonOf, recordOf, refusal } from './answer.ts'
import type { DoorAnswer } from './answer.ts'
import { callOf } from './call.ts'
import type { DoorDeps, Target } from './doors.ts'
import { memberOf, textOf } from './http.ts'
import { tokenOf } from './world.ts'

const JSON_TYPE = { 'content-type': 'application/json' }
/** What the caller says of the principal is nobody's: the token says it. */
const PRINCIPAL = { id: 'corp:nobody', roles: ['admin'] }

export async function askLitellm({ http, house }: DoorDeps, { at }: NodePlace, { task }: Target): Promise<DoorAnswer> {
  const body = JSON.stringify({
    input_type: 'request',
    model: 'gpt-4o-mini',
    structured_messages: [{ role: 'user', content: 'hello' }],
    request_headers: { host: 'litellm', authorization: '[present]', 'x-bailiwick-token': tokenOf(task, MODEL) },
  })
  const headers = { ...JSON_TYPE, 'x-api-key': gatewayKey(house, 'router') }
  const answer = await http.send({ to: at, method: 'POST', path: '/beta/litellm_basic_guardrail_api', headers, body })
  if (!isAnswer(answer) || answer.status !== 200) return NOTHING
  const action = memberOf(answer.body, 'action')
  if (action === 'NONE' || action === 'GUARDRAIL_INTERVENED') return { result: 'allow' }
  return action === 'BLOCKED' ? { result: 'deny', ...reasonOf(reasonSaid(textOf(memberOf(answer.body, 'blocked_reason')) ?? '')) } : NOTHING
}

export async function askAuthzen({ http, house }: DoorDeps, { at }: NodePlace, { task, resource, n }: Target): Promise<DoorAnswer> {
  const call = callOf(n)
  const body = JSON.stringify({
    subject: { type: 'identity', id: PRINCIPAL.id },
    resource: { type: 'tool', id: call.tool, properties: { arguments: call.given } },
    action: { name: 'tools/call' },
    context: { bailiwick: { resource, token: tokenOf(task, resource) } },
  })
  const headers = { ...JSON_TYPE, 'x-bailiwick-gateway-key': gatewayKey(house, 'asker') }
  const answer = await http.send({ to: at, method: 'POST', path: '/access/v1/evaluation', headers, body })
  if (!isAnswer(answer) || answer.status !== 200) return NOTHING
  const decision = memberOf(answer.body, 'decision')
  if (decision === true) return { result: 'allow', ...recordOf(memberOf(answer.body, 'context', 'decision_id')), digest: call.digest }
  return decision === false ? refusal(memberOf(answer.body, 'context', 'reason')) : NOTHING
}

export async function askCerbosHttp({ http, house }: DoorDeps, { at }: NodePlace, { task, resource, n }: Target): Promise<DoorAnswer> {
  const { tool, given } = callOf(n)
  const action = `tools/call/${tool}`
  const body = JSON.stringify({
    principal: PRINCIPAL,
    resources: [{ resource: { kind: `mcp:${resource}`, id: tool, attr: { arguments: given } }, actions: [action] }],
    auxData: { jwt: { token: tokenOf(task, resource) } },
  })
  const headers = { ...JSON_TYPE, 'x-bailiwick-gateway-key': gatewayKey(house, 'asker') }
  const answer = await http.send({ to: at, method: 'POST', path: '/api/check/resources', headers, body })
  if (!isAnswer(answer) || answer.status !== 200) return NOTHING
  const effect = memberOf(answer.body, 'results', 0, 'actions', action)
  if (effect === 'EFFECT_ALLOW') return { result: 'allow' }
  return effect === 'EFFECT_DENY' ? refusal(memberOf(answer.body, 'results', 0, 'outputs', 0, 'val', 'reason')) : NOTHING
}

export async function askCerbosGrpc({ grpc, house }: DoorDeps, node: NodePlace, { task, resource, n }: Target): Promise<DoorAnswer> {
  const { tool, given } = callOf(n)
  const action = `tools/call/${tool}`
  const request = create(CheckResourcesRequestSchema, {
    resources: [{ resource: { kind: `mcp:${resource}`, id: tool, attr: { arguments: toValue({ ...given }) } }, actions: [action] }],
    auxData: { jwt: { token: tokenOf(task, resource) } },
  })
  const response = await grpc.ask(node, cerbosService.checkResources, request, gatewayKey(house, 'asker'))
  const [result] = response?.results ?? []
  if (result?.actions[action] === Effect.ALLOW) return { result: 'allow' }
  if (result?.actions[action] !== Effect.DENY) return NOTHING
  const said = result.outputs[0]?.val?.kind
  const reason = said?.case === 'structValue' ? said.value.fields['reason']?.kind : undefined
  return { result: 'deny', ...reasonOf(reason?.case === 'stringValue' ? reason.value : undefined) }
}

/** A model is told in prose: the reason's own sentence comes first. */
function reasonSaid(prose: string): string | undefined {
  const [sentence] = prose.split('\n')
  return Object.entries(DENIALS).find(([, denial]) => denial.sentence === sentence)?.[0]
}

// Every door that can say yes. A new door is one more line of the table and a function that asks it. Each answers for itself what an allow is, and by what
// name the journal knows it; an answer that is neither an allow nor a deny is `info`.
import { isAnswer, NOTHING, reasonOf, recordOf, refusal } from './answer.ts'
import type { DoorAnswer } from './answer.ts'
import { askAuthzen, askCerbosGrpc, askCerbosHttp, askLitellm } from './asked-doors.ts'
import { callOf, headersOf } from './call.ts'
import { gatewayKey, MODEL, PAYMENTS_SERVER, uriOf } from '../cluster/house.ts'
import type { House, NodePlace } from '../cluster/house.ts'
import type { Direct } from '../cluster/direct.ts'
import type { GrpcClient } from './grpc.ts'
import { askExtAuthz, askExtMcp } from './grpc-doors.ts'
import type { GrpcQuestion } from './grpc-doors.ts'
import type { HttpClient } from './http.ts'
import { memberOf, textOf } from './http.ts'
import { passThroughHttp } from '@bailiwick/kit/http-gateway'
import { nowSeconds, parseTaskId, parseResourceName, systemClock } from '@bailiwick/core'
import { tokenOf } from './world.ts'
import type { WorldTask } from './world.ts'

export interface Target {
  readonly task: WorldTask
  readonly resource: string
  /** Which of the calls. */
  readonly n: number
}

export interface DoorDeps {
  readonly house: House
  readonly http: HttpClient
  readonly grpc: GrpcClient
  readonly direct: Direct
}

export interface Door {
  readonly name: string
  /** How often it is asked, beside the others. */
  readonly weight: number
  /** Asks the policy: its answer can be held. */
  readonly asksPolicy: boolean
  /** What it is shown: the runtime token of one resource, or the task token. */
  readonly shows: 'runtime_token' | 'task_token'
  /** Of the resources of a task, those it can be asked about. */
  readonly resources: readonly string[]
  readonly ask: (deps: DoorDeps, node: NodePlace, target: Target) => Promise<DoorAnswer>
}

const SERVERS = ['payments', 'tickets'] as const
const ALL = [...SERVERS, MODEL] as const

export const DOORS: readonly Door[] = [
  { name: 'ext_authz', shows: 'runtime_token', weight: 30, asksPolicy: true, resources: SERVERS, ask: overGrpc(askExtAuthz) },
  { name: 'ext_mcp', shows: 'runtime_token', weight: 12, asksPolicy: true, resources: SERVERS, ask: overGrpc(askExtMcp) },
  { name: 'forward_auth', shows: 'runtime_token', weight: 13, asksPolicy: true, resources: SERVERS, ask: askForwardAuth },
  { name: 'v1_decide', shows: 'runtime_token', weight: 25, asksPolicy: true, resources: SERVERS, ask: askDecide },
  { name: 'litellm', shows: 'runtime_token', weight: 9, asksPolicy: true, resources: [MODEL], ask: askLitellm },
  { name: 'authzen', shows: 'runtime_token', weight: 9, asksPolicy: true, resources: SERVERS, ask: askAuthzen },
  { name: 'cerbos', shows: 'runtime_token', weight: 6, asksPolicy: true, resources: SERVERS, ask: askCerbosHttp },
  { name: 'cerbos_grpc', shows: 'runtime_token', weight: 6, asksPolicy: true, resources: SERVERS, ask: askCerbosGrpc },
  { name: 'exchange', shows: 'task_token', weight: 7, asksPolicy: true, resources: ALL, ask: askExchange },
  { name: 'batch', shows: 'task_token', weight: 4, asksPolicy: true, resources: ALL, ask: askBatch },
  { name: 'introspect', shows: 'runtime_token', weight: 9, asksPolicy: false, resources: ['payments'], ask: askIntrospection },
]

/** Not a door of the product: what every one of them reads. Counted by itself. */
export const STORE_DOOR = 'store (no door)'

const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const TASK_TOKEN = 'urn:ietf:params:oauth:token-type:jwt'

export async function askStore({ store }: Direct, { task, resource }: Target): Promise<DoorAnswer> {
  const taskId = parseTaskId(task.facts.id)
  const name = parseResourceName(resource)
  const jti = task.tokens.get(resource)?.jti
  if (taskId === undefined || name === undefined || jti === undefined) return NOTHING
  try {
    const standing = await store.readStanding({ taskId, resource: name, jti, newWork: false, nowSeconds: nowSeconds(systemClock) })
    return standing.ok ? { result: 'allow' } : { result: 'deny', reason: standing.denial.reason }
  } catch {
    return { result: 'deny', reason: 'state_unavailable' }
  }
}

function overGrpc(ask: (deps: DoorDeps, node: NodePlace, question: GrpcQuestion) => Promise<DoorAnswer>): Door['ask'] {
  return (deps, node, { task, resource, n }) => ask(deps, node, { resource, token: tokenOf(task, resource), call: callOf(n) })
}

async function askForwardAuth({ http, house }: DoorDeps, { at }: NodePlace, { task, resource, n }: Target): Promise<DoorAnswer> {
  const call = callOf(n)
  const headers = {
    ...Object.fromEntries(headersOf(tokenOf(task, resource), call)),
    'x-envoy-auth-partial-body': 'false',
    'x-bailiwick-gateway-key': gatewayKey(house, 'sidecar'),
  }
  const answer = await http.send({ to: at, method: 'POST', path: `/forward-auth/envoy/${resource}/mcp`, headers, body: call.body })
  if (!isAnswer(answer)) return NOTHING
  const replied = Object.entries(answer.headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value] as const] : []))
  const passed = passThroughHttp('envoy', { ...answer, headers: replied }, Object.entries(headers))
  if (answer.status === 200) return { result: 'allow', ...recordOf(answer.headers['x-bailiwick-decision']), digest: call.digest, passed }
  return answer.status >= 400 && answer.status < 500 ? { result: 'deny', ...reasonOf(answer.headers['x-bailiwick-reason']), passed } : { ...NOTHING, passed }
}

async function askDecide({ http, house }: DoorDeps, { at }: NodePlace, { task, resource, n }: Target): Promise<DoorAnswer> {
  const call = callOf(n)
  const token = tokenOf(task, resource)
  const headers = headersOf(token, call).filter(([name]) => name !== 'authorization')
  const body = JSON.stringify({ resource, token, http: { method: 'POST', path: '/mcp', headers, body: call.body } })
  const answer = await http.send({
    to: at,
    method: 'POST',
    path: '/v1/decide',
    headers: { 'content-type': 'application/json', 'x-bailiwick-gateway-key': gatewayKey(house, 'edge') },
    body,
  })
  if (!isAnswer(answer)) return NOTHING
  const effect = memberOf(answer.body, 'effect')
  if (effect === 'allow') return { result: 'allow', ...recordOf(memberOf(answer.body, 'decision_id')), digest: call.digest }
  return effect === 'deny' ? { result: 'deny', ...reasonOf(memberOf(answer.body, 'reason')) } : NOTHING
}

async function askExchange({ http, house }: DoorDeps, { at }: NodePlace, { task, resource }: Target): Promise<DoorAnswer> {
  const body = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    ...(await credentials(house, task.facts.client)),
    subject_token: task.taskToken,
    subject_token_type: TASK_TOKEN,
    resource: uriOf(resource),
  }).toString()
  const answer = await http.send({ to: at, method: 'POST', path: '/oauth2/token', headers: FORM, body })
  if (!isAnswer(answer)) return NOTHING
  const token = textOf(memberOf(answer.body, 'access_token'))
  if (answer.status === 200 && token !== undefined) return { result: 'allow', ...recordOf(jtiIn(token)) }
  return refusal(memberOf(answer.body, 'reason'))
}

async function askBatch({ http, house }: DoorDeps, { at }: NodePlace, { task, resource }: Target): Promise<DoorAnswer> {
  const body = JSON.stringify({
    ...(await credentials(house, task.facts.client)),
    subject_token: task.taskToken,
    subject_token_type: TASK_TOKEN,
    items: [{ resource: uriOf(resource) }],
  })
  const answer = await http.send({ to: at, method: 'POST', path: '/oauth2/token-batch', headers: { 'content-type': 'application/json' }, body })
  if (!isAnswer(answer)) return NOTHING
  const token = textOf(memberOf(answer.body, 'items', 0, 'access_token'))
  if (answer.status === 200 && token !== undefined) return { result: 'allow', ...recordOf(jtiIn(token)) }
  return refusal(memberOf(answer.body, 'items', 0, 'reason') ?? memberOf(answer.body, 'reason'))
}

async function askIntrospection({ http, house }: DoorDeps, { at }: NodePlace, { task, resource }: Target): Promise<DoorAnswer> {
  const body = new URLSearchParams({ ...(await credentials(house, PAYMENTS_SERVER)), token: tokenOf(task, resource) }).toString()
  const answer = await http.send({ to: at, method: 'POST', path: '/oauth2/introspect', headers: FORM, body })
  if (!isAnswer(answer)) return NOTHING
  const active = memberOf(answer.body, 'active')
  // Its record is found by no name in the answer: an introspection says nothing of itself.
  if (active === true) return { result: 'allow' }
  return active === false ? { result: 'deny', reason: 'inactive' } : refusal(memberOf(answer.body, 'reason'))
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

export async function credentials(house: House, client: string): Promise<{ readonly client_assertion_type: string; readonly client_assertion: string }> {
  const assertion = await house.client.assertion({ aud: house.issuer, now: nowSeconds(systemClock), iss: client, sub: client })
  return { client_assertion_type: JWT_BEARER, client_assertion: assertion }
}

function jtiIn(token: string): string | undefined {
  return textOf(memberOf(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'), 'jti'))
}

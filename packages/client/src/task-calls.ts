// The task calls of control, for a launcher and for an agent inside its task. None is repeated here: whether an act whose answer was lost has happened,
// only the caller can find out.
import { nowSeconds, parseTaskId } from '@bailiwick/core'
import type { Binding, Clock, TaskId } from '@bailiwick/core'
import { proofHeaders, proofMembers, secretsOf } from './client-credential.ts'
import type { ClientCredential } from './client-credential.ts'
import type { DpopKey } from './dpop-key.ts'
import { callEndpoint } from './endpoint.ts'
import type { EndpointDeps } from './endpoint.ts'
import { BailiwickMisconfigured, BailiwickProtocolError } from './errors.ts'
import { textIn } from './record.ts'
import type { JsonRecord } from './record.ts'
import { readTask } from './task-view.ts'
import type { TaskView } from './task-view.ts'
import { looksLikeJws } from './token-types.ts'
import type { PresentedToken } from './token-types.ts'

export interface TaskCallDeps extends EndpointDeps {
  readonly issuer: string
  readonly client: ClientCredential
  readonly clock: Clock
  /** Shown with a token of a task that is bound to it. */
  readonly dpop?: DpopKey | undefined
}

export interface CreatedTask {
  readonly task: TaskView
  /** For the task's agent alone: it is good at the token endpoints, together with that agent's own authentication. */
  readonly taskToken: string
}

export interface CompletedTask {
  readonly task: TaskView
  /** `unconfirmed`: written, but not on every store that could take over. The server keeps trying. */
  readonly status: 'confirmed' | 'unconfirmed'
}

/** What the answer must agree with; absent members are the server's to choose. */
export interface TaskRequest {
  readonly agent?: string | undefined
  readonly resources?: readonly string[] | undefined
  readonly binding?: Binding | undefined
  readonly purpose?: string | undefined
  /** Whole seconds. */
  readonly expiresIn?: number | undefined
  readonly agentInfo?: AgentInfo | undefined
}

/** What is said of the agent; recorded as declared, never as proved. */
export interface AgentInfo {
  readonly name?: string
  readonly harness?: string
  readonly harnessVersion?: string
  readonly model?: string
}

export async function createTask(deps: TaskCallDeps, subject: PresentedToken | undefined, request: TaskRequest): Promise<CreatedTask> {
  const { agent, resources, binding, purpose, expiresIn, agentInfo } = request
  const { body } = await post(deps, '/v1/tasks', subject, {
    agent,
    resources,
    binding,
    purpose,
    expires_in: expiresIn,
    agent_info: agentInfo === undefined ? undefined : toInfo(agentInfo),
  })
  const task = readTask(body)
  const taskToken = textIn(body, 'task_token')
  if (!looksLikeJws(taskToken)) throw new BailiwickProtocolError('answer_malformed', "control's answer lacks task_token")
  // Another agent, another ticket, one resource more: not the task that was asked for.
  const agrees =
    (agent === undefined || task.agent.clientId === agent) &&
    (resources === undefined || sameNames(task.resources, resources)) &&
    (binding === undefined || sameBinding(task.binding, binding))
  if (!agrees) throw new BailiwickProtocolError('another_task', 'control created another task than the one asked for')
  return { task, taskToken }
}

export async function completeTask(deps: TaskCallDeps, subject: PresentedToken | undefined, id: string): Promise<CompletedTask> {
  const taskId = checkedId(id)
  const { status, body } = await post(deps, `/v1/tasks/${taskId}/complete`, subject, {})
  return { task: sameTask(readTask(body), taskId), status: status === 200 && body['status'] === 'confirmed' ? 'confirmed' : 'unconfirmed' }
}

export async function findTask(deps: TaskCallDeps, subject: PresentedToken | undefined, id: string): Promise<TaskView> {
  const taskId = checkedId(id)
  const proof = await deps.client.prove(deps.issuer, nowSeconds(deps.clock))
  const { body } = await callEndpoint(deps, {
    method: 'GET',
    path: `/v1/tasks/${taskId}`,
    // A GET has no body: control reads both from headers here.
    headers: {
      ...proofHeaders(proof),
      ...(subject === undefined ? {} : { authorization: `${deps.dpop === undefined ? 'Bearer' : 'DPoP'} ${subject.token}` }),
      ...(await held(deps, 'GET', `/v1/tasks/${taskId}`, subject)),
    },
    secrets: [...secretsOf(proof), ...(subject === undefined ? [] : [subject.token])],
  })
  return sameTask(readTask(body), taskId)
}

async function post(
  deps: TaskCallDeps,
  path: string,
  subject: PresentedToken | undefined,
  act: JsonRecord,
): Promise<{ readonly status: number; readonly body: JsonRecord }> {
  const proof = await deps.client.prove(deps.issuer, nowSeconds(deps.clock))
  return await callEndpoint(deps, {
    method: 'POST',
    path,
    headers: await held(deps, 'POST', path, subject),
    body: {
      ...act,
      ...proofMembers(proof),
      ...(subject === undefined ? {} : { subject_token: subject.token, subject_token_type: subject.type }),
    },
    secrets: [...secretsOf(proof), ...(subject === undefined ? [] : [subject.token])],
  })
}

async function held(deps: TaskCallDeps, method: string, path: string, subject: PresentedToken | undefined): Promise<Readonly<Record<string, string>>> {
  if (deps.dpop === undefined || subject === undefined) return {}
  return { dpop: await deps.dpop.prove({ method, url: `${deps.base}${path}`, token: subject.token, nowSeconds: nowSeconds(deps.clock) }) }
}

/** An id goes into a path. */
function checkedId(id: string): TaskId {
  const taskId = parseTaskId(id)
  if (taskId === undefined) throw new BailiwickMisconfigured('task_id', 'not a task id')
  return taskId
}

function sameTask(task: TaskView, id: TaskId): TaskView {
  if (task.id !== id) throw new BailiwickProtocolError('another_task', 'control answered for another task')
  return task
}

function toInfo({ name, harness, harnessVersion, model }: AgentInfo): JsonRecord {
  return { name, harness, harness_version: harnessVersion, model }
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name))
}

function sameBinding(a: Binding, b: Binding): boolean {
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key])
}

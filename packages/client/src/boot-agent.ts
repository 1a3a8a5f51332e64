// An agent at boot and while it works: one call brings a token for every resource of its task; after that it only sees `fetch`.
import { setTimeout as sleep } from 'node:timers/promises'
import type { TaskId } from '@bailiwick/core'
import type { ClientCredential, ClientProof } from './client-credential.ts'
import { positive, toConnection } from './connection.ts'
import type { ConnectionOptions } from './connection.ts'
import { ownDenial } from './denial.ts'
import type { DpopKey } from './dpop-key.ts'
import type { BailiwickDenial } from './denial.ts'
import { BailiwickDenied, BailiwickMisconfigured } from './errors.ts'
import { toTarget } from './match-resource.ts'
import { withPatience } from './patience.ts'
import { resourceFetch } from './resource-fetch.ts'
import { completeTask, createTask, findTask } from './task-calls.ts'
import type { AgentInfo, CompletedTask, CreatedTask } from './task-calls.ts'
import type { TaskView } from './task-view.ts'
import { exchangeBatch } from './token-batch.ts'
import type { AskedItem, ExchangeDeps } from './token-batch.ts'
import { createTokenKeeper } from './token-keeper.ts'
import { looksLikeJws, TOKEN_TYPE } from './token-types.ts'
import type { PresentedToken } from './token-types.ts'

/**
 * What proves the task. `taskToken`: what the launcher handed over; only this renews for as long as the task lives. `runtimeToken`: one token of the task,
 * whose end and scope bound all that follow. `own`: the workload's own JWT-SVID, for an agent whose client has a task template.
 */
export type TaskGrant = { readonly taskToken: string } | { readonly runtimeToken: string } | 'own'

export interface BootOptions extends ConnectionOptions {
  readonly task: TaskGrant
  /** Tokens are bound to this key and shown with a proof of it on every call; without it they are bearer tokens. */
  readonly dpop?: DpopKey
  /** In [0, 1); spreads renewals and retries. */
  readonly random?: () => number
  /** Between retries. */
  readonly wait?: (ms: number) => Promise<void>
  /** How long boot, or a caller without a usable token, waits over retries while Bailiwick is unavailable. */
  readonly patienceMs?: number
  /** For a call to a resource, until the headers of its answer. */
  readonly resourceTimeoutMs?: number
}

export interface AgentResource {
  readonly uri: string
  readonly name: string | undefined
}

export interface ScopeOption {
  /** Space-separated; asking for none grants none. */
  readonly scope?: string
}

export interface ChildRequest {
  /** The client id of an agent this one may delegate to; itself when absent. */
  readonly agent?: string
  /** Names, a subset of this task's. */
  readonly resources: readonly string[]
  /** Whole seconds, within this task's life. */
  readonly expiresIn?: number
  readonly purpose?: string
  readonly agentInfo?: AgentInfo
}

export interface Agent {
  readonly taskId: TaskId
  /** Resources this agent has a token for, or can get one. */
  readonly resources: readonly AgentResource[]
  /** Resources of the task that were refused, by URI. */
  readonly denials: ReadonlyMap<string, BailiwickDenial>
  /** Why this agent has no authority any more. Set by the first refusal of the whole agent, or by `complete`. */
  readonly ended: BailiwickDenied | undefined
  /** A token that is usable now, by name or URI. */
  token(resource: string, option?: ScopeOption): Promise<string>
  /** A token from a new exchange; also asks again where the resource was refused. */
  renew(resource: string, option?: ScopeOption): Promise<string>
  /**
   * fetch for URLs of this task's resources; throws for every other URL. Redirects are refused. Denials are left in the answer: see `denialOf`.
   * Can be handed to client libraries as their fetch.
   */
  fetch(input: string | URL | Request, init?: RequestInit, option?: ScopeOption): Promise<Response>
  /** A task below this one, with the same subject and binding. */
  createChild(request: ChildRequest): Promise<CreatedTask>
  /** Ends the task and its children, and with them this agent. */
  complete(): Promise<CompletedTask>
  /** This task, or one below it. */
  readTask(id?: string): Promise<TaskView>
}

const PATIENCE_MS = 15_000
/** Models think for minutes. */
const RESOURCE_TIMEOUT_MS = 300_000
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/
/** Answers to a task call that say this agent's own task is over. */
const ENDS: ReadonlySet<string> = new Set(['task_revoked', 'task_completed', 'task_expired', 'cut_off'])

/** Boots in one exchange. Refused resources are in `denials`; only what refuses the agent as a whole is thrown. */
export async function bootAgent(options: BootOptions): Promise<Agent> {
  const { task, dpop, random = Math.random, wait = pause, patienceMs = PATIENCE_MS, resourceTimeoutMs = RESOURCE_TIMEOUT_MS } = options
  const connection = { ...toConnection(options), dpop }
  const deps: ExchangeDeps = { ...connection, subjectOf: subjectOf(task, options.client.method) }
  const patience = { clock: connection.clock, random, wait, patienceMs: positive('patienceMs', patienceMs) }
  const timeoutMs = positive('resourceTimeoutMs', resourceTimeoutMs)

  const { thumbprint } = connection
  const { booted, shown } = await withPatience(patience, async () => {
    const of = await thumbprint?.()
    return { booted: await exchangeBatch(deps, 'all', undefined), shown: of }
  })
  const { taskId } = booted
  const known = booted.items.map((item) => ({ uri: item.resource, name: item.ok ? item.name : undefined }))
  const targets = known.flatMap(({ uri }) => toTarget(uri) ?? [])
  const keeper = createTokenKeeper({
    ...patience,
    ...(thumbprint === undefined ? {} : { thumbprint }),
    exchange: (asked) => exchangeBatch(deps, asked, taskId),
  })
  keeper.seed(booted, shown)

  const refusal = (uri: string): BailiwickDenial | undefined => keeper.denialOf({ resource: uri, scope: '' })

  const asked = (resource: string, { scope }: ScopeOption = {}): AskedItem => {
    const found = known.find(({ uri, name }) => uri === resource || name === resource) ?? known.find(({ uri }) => uri === resource.replace(/\/$/, ''))
    if (found === undefined)
      throw new BailiwickMisconfigured('no_resource', 'this task has no resource of that name or URI; refused ones are known by their URI')
    return { resource: found.uri, scope: scopeOf(scope) }
  }

  /** What proves this task at control: the task token, else any runtime token of the task. */
  const ownToken = async (): Promise<PresentedToken> => {
    if (keeper.ended !== undefined) throw keeper.ended
    if (task !== 'own' && 'taskToken' in task) return { token: task.taskToken, type: `${TOKEN_TYPE}jwt` }
    const usable = known.find(({ uri }) => refusal(uri) === undefined)
    if (usable === undefined) throw new BailiwickMisconfigured('no_token', 'every resource of this task was refused, so nothing proves the task')
    return { token: await keeper.get({ resource: usable.uri, scope: '' }), type: `${TOKEN_TYPE}access_token` }
  }

  const inTask = async <T>(call: (subject: PresentedToken) => Promise<T>): Promise<T> => {
    try {
      return await call(await ownToken())
    } catch (thrown) {
      if (thrown instanceof BailiwickDenied && ENDS.has(thrown.reason)) keeper.end(thrown)
      throw thrown
    }
  }

  return {
    taskId,
    get resources() {
      return known.filter(({ uri }) => refusal(uri) === undefined)
    },
    get denials() {
      return new Map(
        known.flatMap(({ uri }) => {
          const denial = refusal(uri)
          return denial === undefined ? [] : [[uri, denial] as const]
        }),
      )
    },
    get ended() {
      return keeper.ended
    },
    token: async (resource, option) => await keeper.get(asked(resource, option)),
    renew: async (resource, option) => await keeper.renew(asked(resource, option)),
    fetch: async (input, init, option) => {
      if (keeper.ended !== undefined) throw keeper.ended
      return await resourceFetch({ ...connection, keeper, targets, timeoutMs }, input, init, scopeOf(option?.scope))
    },
    createChild: async ({ agent, resources, expiresIn, purpose, agentInfo }) =>
      await inTask((subject) => createTask(connection, subject, { agent, resources, expiresIn, purpose, agentInfo })),
    complete: async () => {
      const completed = await inTask((subject) => completeTask(connection, subject, taskId))
      keeper.end(new BailiwickDenied(ownDenial('task_completed')))
      return completed
    },
    readTask: async (id = taskId) => await inTask((subject) => findTask(connection, subject, id)),
  }
}

async function pause(ms: number): Promise<void> {
  await sleep(ms)
}

function subjectOf(task: TaskGrant, method: ClientCredential['method']): (proof: ClientProof) => PresentedToken {
  if (task === 'own') {
    if (method !== 'spiffe_jwt') throw new BailiwickMisconfigured('task', '"task: own" needs a client with a JWT-SVID')
    return (proof) => {
      if (!('assertion' in proof)) throw new BailiwickMisconfigured('task', '"task: own" needs a client with a JWT-SVID')
      return { token: proof.assertion, type: `${TOKEN_TYPE}jwt` }
    }
  }
  const presented = 'taskToken' in task ? { token: task.taskToken, type: `${TOKEN_TYPE}jwt` } : { token: task.runtimeToken, type: `${TOKEN_TYPE}access_token` }
  if (!looksLikeJws(presented.token)) throw new BailiwickMisconfigured('task', '"task" does not hold a token')
  return () => presented
}

/** One spelling per set of scopes, so that each set has one slot. */
function scopeOf(text = ''): string {
  const scopes = [...new Set(text.split(' ').filter((scope) => scope !== ''))].toSorted()
  if (!scopes.every((scope) => SCOPE.test(scope))) throw new BailiwickMisconfigured('scope', '"scope" must be space-separated scope tokens')
  return scopes.join(' ')
}

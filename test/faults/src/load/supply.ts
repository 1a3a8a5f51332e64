// Makes tasks and tokens in bulk through the tester's own place at the store: the store and the key ring are the product's, only no door is in between.
// The tasks a launcher and an agent make through the doors come from `boot.ts`.
import { Fault, newTaskId, nowSeconds, systemClock } from '@bailiwick/core'
import type { Task } from '@bailiwick/core'
import type { NewTask, Standing } from '@bailiwick/task-state'
import { newJti } from '@bailiwick/tokens'
import type { CreateEvent } from '../checker/event.ts'
import { monotonicOf, nowNs } from '../clock.ts'
import type { Direct } from '../cluster/direct.ts'
import { AGENTS, ALIAS, LAUNCHER, RESOURCES, uriOf, USERS } from '../cluster/house.ts'
import type { House } from '../cluster/house.ts'
import type { Random } from '../random.ts'
import { clientOf, factsOf, idOf, resourceOf } from './task-facts.ts'
import type { Token, World, WorldTask } from './world.ts'

export const TICKET = 'T-1042'
const LIFETIME_SECONDS = 7_200
const SHORT_LIFETIME_SECONDS = 6
const SHORT_SHARE = 0.03
const CHILD_SHARE = 0.25
const SIGN_INS_AHEAD_SECONDS = 600
const MAX_DEPTH = 3
/** More would only wait behind each other, beyond what a store gives one write. */
const AT_ONCE = 50

export interface Supply {
  /** That many tasks into the world, fewer where the store did not say yes. Recorded either way. */
  many(wanted: number): Promise<readonly WorldTask[]>
  /** One task nobody else gets to see. */
  apart(): Promise<WorldTask | undefined>
  /** A person's new task, begun with a sign-in of so long ago. Resolves to whether it was made. */
  signedIn(user: string, secondsAgo: number): Promise<boolean>
  /** That many which live long and have no parent, outside the world; `equipped`: with tokens. Throws where one cannot be made. */
  lasting(wanted: number, equipped: boolean): Promise<readonly LastingTask[]>
  /** Why tasks could not be made, and how often. */
  refusals(): Readonly<Record<string, number>>
  /** A task and tokens nobody stored: signed by our keys, unknown to the store. */
  phantom(): Promise<WorldTask>
}

export interface LastingTask {
  readonly id: string
  readonly task?: WorldTask
}

export interface SupplyDeps {
  readonly house: House
  readonly direct: Direct
  readonly world: World
  readonly random: Random
  record(event: CreateEvent): void
}

export function createSupply({ house, direct, world, random, record }: SupplyDeps): Supply {
  async function make(): Promise<WorldTask | undefined> {
    const parent = random.next() < CHILD_SHARE ? world.pickLive() : undefined
    const within = parent !== undefined && parent.depth < MAX_DEPTH ? parent : undefined
    return await put(newTask(within), within)
  }

  async function put(input: NewTask, within: WorldTask | undefined): Promise<WorldTask | undefined> {
    const invokeNs = nowNs()
    const facts = factsOf(input, within)
    let result: CreateEvent['result'] = 'info'
    let standing: Standing | undefined
    try {
      const created = await direct.store.createTask(input, input.createdAt)
      result = created.ok ? 'ok' : 'fail'
      if (created.ok) standing = created.value
      else count(created.denial.reason)
    } catch (error) {
      count(error instanceof Fault ? error.code : 'unknown')
    }
    const signedInNs = input.authenticatedAt === undefined ? {} : { signedInNs: monotonicOf(input.authenticatedAt) }
    record({ op: 'create', invokeNs, endNs: nowNs(), result, task: facts, ...signedInNs })
    if (standing === undefined) return undefined
    return await equip(standing.task, standing, facts, (within?.depth ?? -1) + 1)
  }

  function newTask(parent: WorldTask | undefined): NewTask {
    const user = parent?.facts.user.slice(ALIAS.length + 1) ?? random.pick(USERS) ?? ''
    const agent = random.pick(AGENTS) ?? ''
    const at = nowSeconds(systemClock)
    const lifetime = random.next() < SHORT_SHARE ? SHORT_LIFETIME_SECONDS : LIFETIME_SECONDS
    return {
      id: newTaskId(systemClock.nowMs()),
      ...(parent === undefined ? {} : { parentId: idOf(parent) }),
      subject: { sub: `${ALIAS}:${user}`, iss: house.idp, kind: 'user', subId: { format: 'iss_sub', iss: house.idp, sub: user } },
      agent: { id: `client:${agent}`, clientId: clientOf(agent), declared: false },
      act: { sub: `client:${agent}`, client_id: agent },
      binding: { ticket_id: TICKET },
      bindingSource: parent === undefined ? 'launcher' : 'inherited',
      resources: RESOURCES.map(resourceOf),
      createdAt: at,
      createdBy: `client:${LAUNCHER}`,
      createdByClient: clientOf(LAUNCHER),
      // A sign-in that no cut-off of the user so far speaks of, also where a node whose clock was ahead has dated one.
      authenticatedAt: at + SIGN_INS_AHEAD_SECONDS,
      // Never beyond the parent's.
      expiresAt: parent === undefined ? at + lifetime : Math.min(at + lifetime, Math.floor(expiryOf(parent))),
    }
  }

  async function equip(task: Task, { revision }: Pick<Standing, 'revision'>, facts: WorldTask['facts'], depth: number): Promise<WorldTask> {
    const common = {
      iss: house.issuer,
      sub: task.subject.sub,
      subId: task.subject.subId,
      clientId: task.agent.clientId,
      iat: task.createdAt,
      exp: task.expiresAt,
      taskId: task.id,
      kep: revision,
    }
    const tokens = new Map<string, Token>()
    for (const resource of RESOURCES) {
      const jti = newJti()
      const jwt = await direct.keys.mintRuntimeToken({ ...common, aud: uriOf(resource), jti, scope: [], ...(task.act === undefined ? {} : { act: task.act }) })
      tokens.set(resource, { jwt, jti })
    }
    expiries.set(facts.id, task.expiresAt)
    return { facts, depth, tokens, taskToken: await direct.keys.mintTaskToken({ ...common, jti: newJti() }) }
  }

  async function lasting(equipped: boolean): Promise<LastingTask> {
    const drawn = newTask(undefined)
    const input = { ...drawn, expiresAt: drawn.createdAt + LIFETIME_SECONDS }
    const created = await direct.store.createTask(input, input.createdAt)
    if (!created.ok) throw new Error(`a task could not be made: ${created.denial.reason}`)
    return { id: input.id, ...(equipped ? { task: await equip(created.value.task, created.value, factsOf(input, undefined), 0) } : {}) }
  }

  const refusals = new Map<string, number>()
  const count = (reason: string): void => void refusals.set(reason, (refusals.get(reason) ?? 0) + 1)
  const expiries = new Map<string, number>()
  const expiryOf = (task: WorldTask): number => expiries.get(task.facts.id) ?? 0

  return {
    apart: make,
    async signedIn(user, secondsAgo) {
      const drawn = newTask(undefined)
      const subject = { ...drawn.subject, sub: user, subId: { format: 'iss_sub', iss: house.idp, sub: user.slice(ALIAS.length + 1) } } as const
      return (await put({ ...drawn, subject, authenticatedAt: drawn.createdAt - secondsAgo }, undefined)) !== undefined
    },
    refusals: () => Object.fromEntries(refusals),
    async many(wanted) {
      const there: WorldTask[] = []
      for (let left = wanted; left > 0; left -= AT_ONCE) {
        const made = await Promise.all(Array.from({ length: Math.min(left, AT_ONCE) }, make))
        for (const task of made) {
          if (task === undefined) continue
          world.add(task)
          there.push(task)
        }
        // A store that takes none now takes none of the rest either.
        if (made.every((task) => task === undefined)) break
      }
      return there
    },
    async lasting(wanted, equipped) {
      const made: LastingTask[] = []
      while (made.length < wanted) made.push(...(await Promise.all(Array.from({ length: Math.min(wanted - made.length, AT_ONCE) }, () => lasting(equipped)))))
      return made
    },
    async phantom() {
      const { parentId: _, authenticatedAt: __, ...input } = newTask(undefined)
      const { revision } = await direct.store.health()
      const task: Task = { ...input, path: [], state: 'active', version: 1, createdRev: revision }
      return await equip(task, { revision }, factsOf(input, undefined), 0)
    },
  }
}

// The open loop: checks at a constant rate, whatever the answers take, over all doors and nodes; most about what has ended, the newest ends most often.
import type { CheckEvent, Held } from '../checker/event.ts'
import type { HeaderList } from '@bailiwick/core'
import { nowNs } from '../clock.ts'
import type { FaultNode } from '../cluster/node-process.ts'
import { RESOURCES } from '../cluster/house.ts'
import type { Address } from '../network/network.ts'
import type { Random } from '../random.ts'
import { callOf } from './call.ts'
import { askStore, DOORS, STORE_DOOR } from './doors.ts'
import type { DoorAnswer } from './answer.ts'
import type { Door, DoorDeps } from './doors.ts'
import type { World, WorldTask } from './world.ts'

export interface Load {
  start(): void
  /** No more are sent; resolves when the last was answered or given up. */
  stop(): Promise<void>
  /** At once: at every node that runs, through a door chosen at random, and where it was allowed last. */
  askEverywhere(tasks: readonly WorldTask[]): void
  check(door: Door, node: FaultNode, task: WorldTask, held?: HeldAnswer): Promise<CheckEvent>
  /** Not sent, because too many were under way. */
  shed(): number
}

interface HeldAnswer {
  readonly what: Held
  readonly releasedNs: () => number
}

/** Where a question is put. */
interface Asked {
  readonly door: Door
  readonly node: FaultNode
  readonly resource: string
}

export interface LoadDeps extends DoorDeps {
  /** Where the resource is: what a gateway lets through goes there. */
  readonly upstream: Address
  readonly nodes: readonly FaultNode[]
  readonly world: World
  readonly random: Random
  readonly phantoms: readonly WorldTask[]
  /** Per second, through doors and straight at the store. */
  readonly rate: number
  readonly storeRate: number
  readonly fault: () => string | undefined
  record(event: CheckEvent): void
}

const TICK_MS = 10
const MAX_UNDER_WAY = 256
const LIVE_SHARE = 0.25
/** Tasks of which is known where they were allowed last: far more than live. */
const REMEMBERED = 2_000
const PHANTOM_SHARE = 0.01
/** A node that is known not to answer is asked too, now and then: what waits in its socket is answered when it wakes. */
const UNREACHABLE_SHARE = 0.02

export function createLoad(deps: LoadDeps): Load {
  const { nodes, world, random, phantoms, direct } = deps
  const underWay = new Set<Promise<unknown>>()
  let timer: NodeJS.Timeout | undefined
  let shed = 0
  let sent = 0

  /** By task: whoever remembers an answer remembers it there. */
  const allowedLast = new Map<string, Asked>()

  async function check(door: Door, node: FaultNode, task: WorldTask, held?: HeldAnswer): Promise<CheckEvent> {
    const asking = { door, node, resource: random.pick(door.resources) ?? '' }
    const event = await checkAt(asking, task, held)
    if (event.result === 'allow') remember(task.facts.id, asking)
    return event
  }

  function remember(task: string, asking: Asked): void {
    allowedLast.delete(task)
    allowedLast.set(task, asking)
    const [oldest] = allowedLast.size > REMEMBERED ? allowedLast.keys() : []
    if (oldest !== undefined) allowedLast.delete(oldest)
  }

  async function checkAt({ door, node, resource }: Asked, task: WorldTask, held?: HeldAnswer): Promise<CheckEvent> {
    const shown = door.shows === 'runtime_token' ? (task.tokens.get(resource)?.jti ?? '') : ''
    const n = (sent += 1)
    return await asked(
      { door: door.name, node: node.place.name, asksPolicy: door.asksPolicy, task, resource, shown, n },
      () => door.ask(deps, node.place, { task, resource, n }),
      held,
    )
  }

  async function asked(
    about: Pick<CheckEvent, 'door' | 'node' | 'asksPolicy' | 'resource'> & { readonly task: WorldTask; readonly shown: string; readonly n: number },
    ask: () => Promise<DoorAnswer>,
    held?: HeldAnswer,
  ): Promise<CheckEvent> {
    const { door, node, asksPolicy, task, resource, shown, n } = about
    const faultBefore = deps.fault()
    const invokeNs = nowNs()
    const { passed, ...answer } = await ask()
    const endNs = nowNs()
    const fault = faultBefore ?? deps.fault()
    const event: CheckEvent = {
      op: 'check',
      door,
      node,
      asksPolicy,
      task: task.facts.id,
      resource,
      token: shown,
      invokeNs,
      endNs,
      ...answer,
      ...(fault === undefined ? {} : { fault }),
      ...(held === undefined ? {} : { held: { what: held.what, releasedNs: held.releasedNs() } }),
    }
    deps.record(event)
    if (passed?.allowed === true) await forward(passed.headers, n)
    if (answer.result === 'deny' && HAS_ENDED.has(answer.reason ?? '')) world.end({ kind: 'task', id: task.facts.id })
    return event
  }

  async function forward(headers: HeaderList, n: number): Promise<void> {
    const ours = Object.fromEntries(headers.filter(([name]) => name.startsWith('x-bailiwick-')))
    await deps.http.send({
      to: deps.upstream,
      method: 'POST',
      path: '/mcp',
      headers: { ...ours, 'content-type': 'application/json' },
      body: callOf(n).body,
    })
  }

  function track(work: Promise<unknown>): void {
    underWay.add(work)
    void work.finally(() => underWay.delete(work))
  }

  function chooseTask(): WorldTask | undefined {
    const dice = random.next()
    if (dice < PHANTOM_SHARE) return random.pick(phantoms)
    return (dice < PHANTOM_SHARE + LIVE_SHARE ? world.pickLive() : world.pickEnded()) ?? world.pickLive()
  }

  function chooseNode(): FaultNode | undefined {
    const running = nodes.filter((node) => node.state() === 'running')
    return random.pick(running.length === 0 || random.next() < UNREACHABLE_SHARE ? nodes : running)
  }

  function sendOne(): void {
    const door = random.weighted(DOORS)
    const node = chooseNode()
    const task = chooseTask()
    if (door !== undefined && node !== undefined && task !== undefined) track(check(door, node, task))
  }

  function readOne(): void {
    const task = chooseTask()
    if (task !== undefined) readState(task)
  }

  function readState(task: WorldTask): void {
    const resource = random.pick(RESOURCES) ?? ''
    const shown = task.tokens.get(resource)?.jti ?? ''
    track(asked({ door: STORE_DOOR, node: 'direct', asksPolicy: false, task, resource, shown, n: 0 }, () => askStore(direct, { task, resource, n: 0 })))
  }

  return {
    start() {
      const began = performance.now()
      let due = { doors: 0, store: 0 }
      timer = setInterval(() => {
        const seconds = (performance.now() - began) / 1000
        const upTo = { doors: Math.floor(seconds * deps.rate), store: Math.floor(seconds * deps.storeRate) }
        for (let n = due.doors; n < upTo.doors; n++) {
          if (underWay.size < MAX_UNDER_WAY) sendOne()
          else shed += 1
        }
        for (let n = due.store; n < upTo.store && underWay.size < 2 * MAX_UNDER_WAY; n++) readOne()
        due = upTo
      }, TICK_MS)
    },
    async stop() {
      clearInterval(timer)
      await Promise.all(underWay)
    },
    askEverywhere(tasks) {
      for (const task of tasks) {
        for (const node of nodes) {
          const door = random.weighted(DOORS)
          if (door !== undefined && node.state() === 'running') track(check(door, node, task))
        }
        readState(task)
        const before = allowedLast.get(task.facts.id)
        if (before?.node.state() === 'running') track(checkAt(before, task))
      }
    },
    check,
    shed: () => shed,
  }
}

const HAS_ENDED: ReadonlySet<string> = new Set(['task_revoked', 'task_completed', 'task_expired', 'cut_off', 'task_unknown'])

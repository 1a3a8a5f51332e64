// Revokes, of every kind, through the operators' door or straight at the store, and writes down what was answered: 200 and `confirmed` is ok, a refusal
// fails, everything else is not known.
import { newRevocationId, parseTaskId, systemClock } from '@bailiwick/core'
import type { RevocationScope } from '@bailiwick/core'
import type { RevokeEvent, Scope } from '../checker/event.ts'
import { nowNs } from '../clock.ts'
import type { Direct } from '../cluster/direct.ts'
import { ALIAS, USERS } from '../cluster/house.ts'
import type { House } from '../cluster/house.ts'
import type { FaultNode } from '../cluster/node-process.ts'
import type { Random } from '../random.ts'
import { credentials } from './doors.ts'
import type { HttpClient } from './http.ts'
import { memberOf } from './http.ts'
import { idOf, KINDS } from './revocation-kinds.ts'
import type { World, WorldTask } from './world.ts'

export interface Revoker {
  /** One act of a kind chosen at random. Resolves when it was answered, or given up. */
  any(): Promise<void>
  burst(count: number): Promise<void>
  /** A cut-off of this person, by this node. */
  user(id: string, node: FaultNode): Promise<RevokeEvent>
  /** A cut-off of everything, by a node. */
  cutOff(): Promise<void>
  /** This task, by one of the nodes where there is one; resolves to what was answered. */
  task(task: WorldTask, not?: FaultNode): Promise<RevokeEvent>
  /** One that has to be refused, about a task that goes on living. Resolves to its task. */
  refused(task: WorldTask): Promise<string>
  /** Nobody acts there from now on: a node, or the tester's own place at the store. Resolves when what was asked there before was answered. */
  spare(place: string | undefined): Promise<void>
  /** This task, straight at the store. */
  atStore(task: WorldTask): Promise<RevokeEvent>
}

export interface RevokerDeps {
  readonly house: House
  readonly nodes: readonly FaultNode[]
  readonly direct: Direct
  readonly http: HttpClient
  readonly world: World
  readonly random: Random
  readonly operatorToken: () => string
  readonly fault: () => string | undefined
  record(event: RevokeEvent): void
  /** What a confirmed act covered: to be asked about at once. */
  confirmed(ended: readonly WorldTask[], scope: Scope): void
}

type Outcome = RevokeEvent['result']
const AT_STORE_SHARE = 0.15
/** Its place. */
const STORE = 'direct'
const LOOK_AGAIN_MS = 50

export function createRevoker(deps: RevokerDeps): Revoker {
  const { nodes, direct, http, world, random, house } = deps

  let spared: string | undefined
  /** Acts that were asked for and not answered yet, by place. */
  const underWay = new Map<string, number>()
  const storeIsSpared = (): boolean => spared === STORE

  function nodeFor(not?: FaultNode): FaultNode | undefined {
    const usable = nodes.filter((node) => node !== not && node.place.name !== spared)
    const running = usable.filter((node) => node.state() === 'running')
    return random.pick(running.length > 0 ? running : usable)
  }

  async function act(scope: Scope, node: FaultNode | undefined, ask: () => Promise<Outcome>, done = 'revoked'): Promise<RevokeEvent> {
    // From now on the tester takes them for ended, whatever comes of it.
    const ended = world.end(scope)
    const event = await asked(scope, node, ask, done)
    if (event.result === 'ok') deps.confirmed(ended, scope)
    return event
  }

  async function asked(scope: Scope, node: FaultNode | undefined, ask: () => Promise<Outcome>, done: string): Promise<RevokeEvent> {
    const fault = deps.fault()
    const wasRunning = node === undefined || node.state() === 'running'
    const place = node?.place.name ?? STORE
    const invokeNs = nowNs()
    underWay.set(place, (underWay.get(place) ?? 0) + 1)
    const result = await ask()
    underWay.set(place, (underWay.get(place) ?? 0) - 1)
    const endNs = nowNs()
    const reachable = fault === undefined && deps.fault() === undefined && wasRunning && (node === undefined || node.state() === 'running')
    const event: RevokeEvent = {
      op: 'revoke',
      what: `${done} by ${place}`,
      scope,
      result,
      invokeNs,
      endNs,
      reachable,
      ...(fault === undefined ? {} : { fault }),
    }
    deps.record(event)
    return event
  }

  const viaNode = (scope: RevocationScope & Scope, node: FaultNode): Promise<RevokeEvent> => act(scope, node, () => post(scope, node, 'faults'))

  async function post(scope: Scope, node: FaultNode, reason: string): Promise<Outcome> {
    const body = JSON.stringify({ scope, reason, hold: false })
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${deps.operatorToken()}` }
    const answer = await http.send({ to: node.place.at, method: 'POST', path: '/v1/revocations', headers, body })
    if (answer === 'refused') return 'fail'
    if (answer === undefined) return 'info'
    if (answer.status === 200) return memberOf(answer.body, 'status') === 'confirmed' ? 'ok' : 'info'
    return answer.status >= 400 && answer.status < 500 ? 'fail' : 'info'
  }

  const viaStore = (scope: RevocationScope & Scope): Promise<RevokeEvent> =>
    act(scope, undefined, async () => {
      try {
        const atMs = systemClock.nowMs()
        const done = await direct.store.revoke({ id: newRevocationId(atMs), scope, reason: 'faults', hold: false, setBy: 'operator:faults', atMs })
        if (!done.ok) return 'fail'
        return done.value.status === 'confirmed' ? 'ok' : 'info'
      } catch {
        return 'info'
      }
    })

  const complete = (task: WorldTask): Promise<RevokeEvent> =>
    act(
      { kind: 'task', id: task.facts.id },
      undefined,
      async () => {
        const id = parseTaskId(task.facts.id)
        if (id === undefined) return 'fail'
        try {
          const done = await direct.store.completeTask(id, task.facts.agent, systemClock.nowMs())
          if (!done.ok) return 'fail'
          return done.value.status === 'confirmed' ? 'ok' : 'info'
        } catch {
          return 'info'
        }
      },
      'completed',
    )

  const token = (task: WorldTask, node: FaultNode): Promise<RevokeEvent> => {
    const { jwt = '', jti = '' } = task.tokens.get('payments') ?? {}
    return act({ kind: 'token', id: jti }, node, async () => {
      const body = new URLSearchParams({ ...(await credentials(house, task.facts.client)), token: jwt }).toString()
      const answer = await http.send({
        to: node.place.at,
        method: 'POST',
        path: '/oauth2/revoke',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body,
      })
      if (answer === 'refused') return 'fail'
      if (answer === undefined || answer.status >= 500) return 'info'
      return answer.status === 200 ? 'ok' : 'fail'
    })
  }

  async function any(): Promise<void> {
    const chosen = random.weighted(KINDS)?.kind ?? 'task'
    const task = world.pickLive()
    const node = nodeFor()
    if (node === undefined) return
    if (task === undefined) {
      // Nothing lives that anybody knows of: what will, or does without being known, is cut off.
      await viaNode({ kind: 'user', id: `${ALIAS}:${random.pick(USERS) ?? ''}` }, node)
      return
    }
    if (chosen === 'completion') {
      if (!storeIsSpared()) await complete(task)
    } else if (chosen === 'token') await token(task, node)
    else {
      const scope = { kind: chosen, id: idOf(chosen, task, random) }
      await (random.next() < AT_STORE_SHARE && !storeIsSpared() ? viaStore(scope) : viaNode(scope, node))
    }
  }

  return {
    any,
    burst: async (count) => {
      await Promise.all(Array.from({ length: count }, any))
    },
    user: (id, node) => viaNode({ kind: 'user', id }, node),
    cutOff: async () => {
      const node = nodeFor()
      if (node !== undefined) await viaNode({ kind: 'everything', id: '*' }, node)
    },
    task: (task, not) => {
      const scope = { kind: 'task', id: task.facts.id } as const
      const node = nodeFor(not)
      const isAtStore = !storeIsSpared() && (node === undefined || node.state() !== 'running')
      return node === undefined || isAtStore ? viaStore(scope) : viaNode(scope, node)
    },
    async refused(task) {
      const scope = { kind: 'task', id: task.facts.id } as const
      const node = nodeFor()
      // Without a reason nobody may revoke.
      if (node?.state() === 'running') await asked(scope, node, () => post(scope, node, ''), 'revoked without a reason')
      return scope.id
    },
    async spare(place) {
      spared = place
      const here = place ?? ''
      while ((underWay.get(here) ?? 0) > 0) await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
    },
    atStore: (task) => viaStore({ kind: 'task', id: task.facts.id }),
  }
}

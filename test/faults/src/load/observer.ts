// Looks at tasks the way people do, through control: those whose revocation was confirmed, and those whose revocation was refused. What it sees is one more
// event; it judges nothing.
import type { ObserveEvent } from '../checker/event.ts'
import { nowNs } from '../clock.ts'
import type { FaultNode } from '../cluster/node-process.ts'
import type { Random } from '../random.ts'
import type { HttpClient } from './http.ts'
import { memberOf } from './http.ts'

export interface Observer {
  /** To be looked at now and then from now on. */
  watch(task: string): void
  /** Looks at one of them, chosen at random, at a node that runs. Resolves when it was answered. */
  look(): Promise<void>
}

export interface ObserverDeps {
  readonly nodes: readonly FaultNode[]
  readonly http: HttpClient
  readonly random: Random
  readonly operatorToken: () => string
  readonly fault: () => string | undefined
  record(event: ObserveEvent): void
}

/** The newest; what was seen ended for long is seen ended once more by nobody. */
const WATCHED = 300
const STATES: Readonly<Record<string, ObserveEvent['state']>> = { active: 'active', completed: 'ended', revoked: 'ended' }

export function createObserver({ nodes, http, random, operatorToken, fault, record }: ObserverDeps): Observer {
  let watched: readonly string[] = []
  return {
    watch(task) {
      watched = [...watched.slice(1 - WATCHED), task]
    },
    async look() {
      const node = random.pick(nodes.filter(({ state }) => state() === 'running'))
      const task = watched[watched.length - 1 - random.zipf(watched.length)]
      if (node === undefined || task === undefined) return
      const during = fault()
      const invokeNs = nowNs()
      const headers = { authorization: `Bearer ${operatorToken()}` }
      const answer = await http.send({ to: node.place.at, method: 'GET', path: `/v1/tasks/${task}`, headers })
      if (answer === undefined || answer === 'refused' || answer.status !== 200) return
      const shown = STATES[String(memberOf(answer.body, 'task', 'state'))]
      if (shown === undefined) return
      // Who ended it stands at a task that was ended itself alone.
      const state = shown === 'ended' && memberOf(answer.body, 'task', 'ended_by') === undefined ? 'covered' : shown
      record({ op: 'observe', node: node.place.name, task, state, invokeNs, endNs: nowNs(), ...(during === undefined ? {} : { fault: during }) })
    },
  }
}

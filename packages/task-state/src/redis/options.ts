// What the store on Redis is opened with, checked once. A combination that could not keep the promise is refused here, before anything is opened.
import { randomBytes } from 'node:crypto'
import type { Clock, StoreLedger } from '@bailiwick/core'
import { parseRedisUrl, problemOfPlan } from '@bailiwick/config'
import type { RedisTarget, ReplicaPlan } from '@bailiwick/config'
import { controlsMark } from './neighbours.ts'
import type { NodeName } from './neighbours.ts'

export interface RedisTls {
  /** PEM. Without it the system's authorities count. */
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly servername?: string
}

/** What happened to the connection to the store, for a log. Never holds a URL, a key or a password. */
export interface RedisStoreEvent {
  readonly event: 'recovering' | 'waiting_for_controls' | 'controls_differ' | 'open'
  /** Why the store does not answer; a fault code. */
  readonly code?: string
  readonly storeId?: string
  readonly epoch?: number
  /** Control instances that have not put back what they recorded. */
  readonly missing?: readonly string[]
  /** Nodes that wait for others after a failover than this one does. */
  readonly nodes?: readonly string[]
}

export interface RedisTaskStoreOptions {
  /** `redis://`, `rediss://` or `redis+sentinel://`, or the same already parsed. */
  readonly url: string | RedisTarget
  readonly ledger: StoreLedger
  readonly clock: Clock
  /** This node's name among all nodes of the store; the same after a restart. */
  readonly nodeId: string
  /** Default: one server without replicas. */
  readonly replicas?: ReplicaPlan
  /**
   * Node ids that must have put back what they recorded before anyone answers after a failover. Default: this node alone; then the store does not open while
   * another node uses it.
   */
  readonly controls?: readonly string[]
  /** Keys begin with `{<namespace>}:`. Two stores on one server need two. */
  readonly namespace?: string
  readonly tls?: RedisTls
  readonly sentinel?: { readonly username?: string; readonly password?: string; readonly tls?: RedisTls }
  /** How long a state read may take in all; then it is a fault, and the caller denies. Above 25 a frozen server is not denied within 30 ms. */
  readonly readWithinMs?: number
  /** How long an act waits for its replicas before it is `unconfirmed`. */
  readonly confirmWithinMs?: number
  /** How long opening waits for a usable primary. */
  readonly openWithinMs?: number
  readonly report?: (event: RedisStoreEvent) => void
}

export interface RedisSettings {
  readonly target: RedisTarget
  readonly nodeId: string
  /** How this process is known to the others. */
  readonly name: NodeName
  readonly plan: ReplicaPlan
  readonly controls: readonly string[]
  readonly namespace: string
  readonly tls: RedisTls | undefined
  readonly sentinel: RedisTaskStoreOptions['sentinel']
  readonly readWithinMs: number
  readonly confirmWithinMs: number
  readonly openWithinMs: number
}

const NO_REPLICAS: ReplicaPlan = { promotable: 0, minToWrite: 0, acks: 0 }

/** Throws a TypeError that names the option. Not checked: that the servers are set up so; that is seen when they answer. */
export function settingsOf(options: RedisTaskStoreOptions): RedisSettings {
  const { nodeId, namespace = 'bailiwick', replicas = NO_REPLICAS, controls } = options
  const { readWithinMs = 25, confirmWithinMs = 200, openWithinMs = 5000 } = options
  if (controls?.length === 0) throw new TypeError('"controls" must name at least one node')
  if (nodeId === '') throw new TypeError('"nodeId" must not be empty')
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(namespace)) throw new TypeError('"namespace" must be a name of lower-case letters, digits and "-"')
  if (!(readWithinMs >= 1 && readWithinMs < 1000)) throw new TypeError('"readWithinMs" must be from 1 to 999')
  if (!(confirmWithinMs >= 1 && confirmWithinMs <= 400))
    throw new TypeError('"confirmWithinMs" must be from 1 to 400: a revocation is answered within a second')
  if (!(openWithinMs >= 1)) throw new TypeError('"openWithinMs" must be positive')
  assertPlan(replicas)
  return {
    target: typeof options.url === 'string' ? targetOf(options.url) : options.url,
    nodeId,
    name: { namespace, nodeId, instance: randomBytes(6).toString('hex'), controls: controlsMark(controls) },
    plan: replicas,
    controls: controls === undefined ? [nodeId] : [...new Set(controls)],
    namespace,
    tls: options.tls,
    sentinel: options.sentinel,
    readWithinMs,
    confirmWithinMs,
    openWithinMs,
  }
}

function assertPlan(plan: ReplicaPlan): void {
  const problem = problemOfPlan(plan)
  if (problem !== undefined) throw new TypeError(`"replicas.${problem.member}" must be ${problem.expected}`)
}

function targetOf(url: string): RedisTarget {
  const parsed = parseRedisUrl(url)
  if (!parsed.ok) throw new TypeError(`"url" must be ${parsed.expected}`)
  return parsed.value
}

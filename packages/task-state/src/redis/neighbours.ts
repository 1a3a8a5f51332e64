// Which other nodes use the store now, told by the names of their connections. Reads only; never part of a decision: it is asked when a node starts, so that
// nodes that do not wait for each other after a failover are not run side by side, and by people.
import { digestOf } from './keys.ts'
import type { Session } from './link.ts'
import { isReply, storeFault } from './store-fault.ts'

/** Who a connection belongs to; the part of its name before the link. */
export interface NodeName {
  readonly namespace: string
  readonly nodeId: string
  /** Tells a process from another that was given the same node id. */
  readonly instance: string
  /** Short digest of the nodes it waits for; `alone` where nobody was named. */
  readonly controls: string
}

/** In place of a digest: nobody was named, and nobody is waited for. */
export const ALONE = 'alone'

const PREFIX = 'bailiwick'
/** Every connection of a node says something once a second. One that is silent for longer belongs to a process that is gone or stands still. */
const ALIVE_SECONDS = 3

/** Without the letters a client name may not hold, and without `:`. */
export function connectionNameOf(name: NodeName, link: string): string {
  return [PREFIX, name.namespace, name.nodeId.replaceAll(/[^A-Za-z0-9._-]/g, '_'), name.instance, name.controls, link].join(':')
}

export function controlsMark(controls: readonly string[] | undefined): string {
  return controls === undefined ? ALONE : digestOf(controls.toSorted().join('\n')).slice(0, 8)
}

/** The others on the same store that are alive, one entry each. Rejects with a Fault where the server does not list its clients. */
export async function neighboursOf(session: Session, self: NodeName): Promise<readonly NodeName[]> {
  const found = new Map<string, NodeName>()
  const reply = await session.call('CLIENT', 'LIST', 'TYPE', 'normal')
  for (const line of typeof reply === 'string' ? reply.split('\n') : []) {
    const idle = / idle=([0-9]+)(?: |$)/.exec(line)?.[1]
    const [prefix, namespace, nodeId, instance, controls] = (/ name=(\S*)/.exec(line)?.[1] ?? '').split(':')
    if (prefix !== PREFIX || namespace !== self.namespace || nodeId === undefined || instance === undefined || controls === undefined) continue
    if (instance === self.instance || idle === undefined || Number(idle) > ALIVE_SECONDS) continue
    found.set(instance, { namespace, nodeId, instance, controls })
  }
  return [...found.values()]
}

/**
 * At the start only: a node that is there already must not be stopped by one that comes. Throws a Fault where this one must not run beside the others; returns
 * those that name other controls than this one.
 */
export async function meetNeighbours(session: Session, self: NodeName): Promise<readonly string[]> {
  const others = await neighboursOf(session, self).catch((error: unknown) => {
    // Not allowed to know; then nothing is confirmed either, and doctor says so.
    if (error instanceof Error && isReply(error.cause)) return []
    throw error
  })
  const { nodeId, controls } = self
  if (others.some((other) => other.nodeId === nodeId))
    throw storeFault('store_node_taken', `another process uses this store as node ${nodeId}: node.id must be its own`)
  if (others.some((other) => other.controls === ALONE || controls === ALONE))
    throw storeFault('store_controls_missing', 'several nodes use this store: store.controls must name every node that serves control, at each of them')
  return others.filter((other) => other.controls !== controls).map((other) => other.nodeId)
}

// Which other nodes use the store now, told by the names of their connections. Reads only; never part of a decision: it is asked when a node starts, so that
// nodes that do not wait for each other after a failover are not run side by side, and by people.
import type { Session } from './link.ts'
import { digestOf } from './keys.ts'

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

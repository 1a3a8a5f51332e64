// Which nodes have been seen to read the store at or after a revision. Evidence for people: no acknowledgement waits for it, and a node that is not seen
// here denies all the same, because it asks the store and not us.
import { isOlder } from '@bailiwick/core'
import type { Revision } from '@bailiwick/core'
import type { ControlDeps } from '../deps.ts'

export interface NodeAt {
  readonly id: string
  /** Absent where the node has not said since this process started, or speaks of another store. */
  readonly lastRevision?: Revision
  readonly lastSeenMs?: number
  /** It has read the same store at this revision or later. */
  readonly confirmed: boolean
}

export interface Nodes {
  /** What is known without asking anybody: this node has just been acknowledged that revision. */
  atAcknowledgement(revision: Revision): readonly NodeAt[]
  /** Asks the store where it stands. */
  at(revision: Revision): Promise<readonly NodeAt[]>
}

type Deps = Pick<ControlDeps, 'clock' | 'config' | 'log' | 'shipped' | 'store'>

/** This node and every configured client of kind `node`: the list of who is expected comes from the configuration, never from who happened to report. */
export function createNodes(deps: Deps, ownId: string): Nodes {
  const others = [...deps.config.clients.values()].flatMap(({ kind, id }) => (kind === 'node' && id !== ownId ? [id] : []))
  let storeId: string | undefined

  const self = (own: Revision | undefined, revision: Revision): NodeAt => ({
    id: ownId,
    ...(own === undefined ? {} : { lastRevision: own, lastSeenMs: deps.clock.nowMs() }),
    confirmed: own !== undefined && !isOlder(own, revision),
  })
  const other = (id: string, revision: Revision): NodeAt => {
    const report = deps.shipped.reports().get(id)
    if (report === undefined) return { id, confirmed: false }
    const mark = report.lastRevision
    // A revision of another store says nothing of this one, however high it is.
    const here = mark !== undefined && mark.storeId === storeId ? mark.revision : undefined
    return {
      id,
      lastSeenMs: report.lastSeenMs,
      ...(here === undefined ? {} : { lastRevision: here }),
      confirmed: here !== undefined && !isOlder(here, revision),
    }
  }
  return {
    atAcknowledgement: (revision) => [self(revision, revision), ...others.map((id) => other(id, revision))],
    async at(revision) {
      const own = await ownMark(deps)
      storeId = own?.storeId ?? storeId
      return [self(own?.revision, revision), ...others.map((id) => other(id, revision))]
    },
  }
}

async function ownMark(deps: Deps): Promise<{ readonly storeId: string; readonly revision: Revision } | undefined> {
  try {
    return await deps.store.health()
  } catch (thrown) {
    deps.log.warn({ err: thrown }, 'where the store stands could not be read')
    return undefined
  }
}

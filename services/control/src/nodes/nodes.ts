// Which nodes have been seen to read the store at or after a revision. Evidence for people: no acknowledgement waits for it, and a node that is not seen
// here denies all the same, because it asks the store and not us.
import type { BailiwickConfig } from '@bailiwick/config'
import { isOlder } from '@bailiwick/core'
import type { Revision, StoreMark } from '@bailiwick/core'
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

/** Every configured client of kind `node` but this one: who is expected comes from the configuration, never from who happened to report. */
export function otherNodes({ clients }: Pick<BailiwickConfig, 'clients'>, ownId: string): readonly string[] {
  return [...clients.values()].flatMap(({ kind, id }) => (kind === 'node' && id !== ownId ? [id] : []))
}

/** This node and every other that is expected. */
export function createNodes(deps: Deps, ownId: string): Nodes {
  const others = otherNodes(deps.config, ownId)
  let storeId: string | undefined

  const self = (own: Revision | undefined, revision: Revision): NodeAt => ({
    id: ownId,
    ...(own === undefined ? {} : { lastRevision: own, lastSeenMs: deps.clock.nowMs() }),
    confirmed: own !== undefined && !isOlder(own, revision),
  })
  const other = (id: string, revision: Revision): NodeAt => {
    const report = deps.shipped.reports().get(id)
    if (report === undefined) return { id, confirmed: false }
    const here = revisionIn(storeId, report.lastRevision)
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

/** A revision of another store says nothing of this one, however high it is. */
function revisionIn(storeId: string | undefined, mark: StoreMark | undefined): Revision | undefined {
  return mark !== undefined && mark.storeId === storeId ? mark.revision : undefined
}

/**
 * Of the newest revocations of the store, whoever recorded them, how many each expected node has not been seen to have read: evidence for people, a second old
 * at least. Empty while the store cannot be read.
 */
export async function awaitedByNode(deps: Deps & { readonly nodeId: string }): Promise<ReadonlyMap<string, number>> {
  const own = await ownMark(deps)
  const newest = own === undefined ? undefined : await deps.store.listRevocations({ limit: NEWEST }).catch(() => undefined)
  if (own === undefined || newest === undefined) return new Map()
  const reports = deps.shipped.reports()
  return new Map(
    otherNodes(deps.config, deps.nodeId).map((id) => {
      const read = revisionIn(own.storeId, reports.get(id)?.lastRevision)
      return [id, newest.items.filter(({ revision }) => read === undefined || isOlder(read, revision)).length]
    }),
  )
}

const NEWEST = 100

async function ownMark(deps: Deps): Promise<{ readonly storeId: string; readonly revision: Revision } | undefined> {
  try {
    return await deps.store.health()
  } catch (thrown) {
    deps.log.warn({ err: thrown }, 'where the store stands could not be read')
    return undefined
  }
}

// Which store a node reads: its id, the epoch the node took it up in, and how far it was seen. Every script is given it and refuses any other.
import { isOlder } from '@bailiwick/core'
import type { Revision, StoreMark } from '@bailiwick/core'
import type { Argument } from './link.ts'

export interface View {
  readonly storeId: string
  readonly epoch: number
  /** The furthest revision any reply showed. A reply below it means the data went back. */
  seen: number
}

export function argumentsOf(view: View): readonly Argument[] {
  return [view.storeId, view.epoch, view.seen]
}

export function sawRevision(view: View, revision: Revision): Revision {
  if (revision.epoch === view.epoch && revision.revision > view.seen) view.seen = revision.revision
  return revision
}

export function markOf(view: View): StoreMark {
  return { storeId: view.storeId, revision: { epoch: view.epoch, revision: view.seen } }
}

/** Of two marks of one store the later; of two stores the first, which is the one this process read last. */
export function furthest(a: StoreMark, b: StoreMark | undefined): StoreMark {
  return b !== undefined && b.storeId === a.storeId && isOlder(a.revision, b.revision) ? b : a
}

// What the tester and a node's process say to each other beside the product's own doors. Types and guards.
import type { SourceEdit } from './edit-source.ts'
import type { LoopSeen } from './loop-watch.ts'

/** What a node is loaded with. */
export interface Changes {
  readonly edits: readonly SourceEdit[]
  readonly badStore?: string
}

export type NodeOrder =
  /** The node's wall clock is off by this much from now on. */
  | { readonly type: 'clock'; readonly offsetMs: number }
  /** The event loop does nothing for so long. */
  | { readonly type: 'stall'; readonly ms: number }
  /** Memory is taken until the heap's cap ends the process. */
  | { readonly type: 'hog' }
  /** Every commit, of the store and of the journal, takes so much longer. */
  | { readonly type: 'slow'; readonly ms: number }
  /** The allow record of this task waits until it is let go. */
  | { readonly type: 'hold_record'; readonly task: string }
  | { readonly type: 'release_record'; readonly task: string }
  /** All of these are revoked at the node's own store, evenly over that time. */
  | { readonly type: 'storm'; readonly tasks: readonly string[]; readonly overMs: number }
  /** Says what the process has used since it was asked last. */
  | { readonly type: 'look' }

export type NodeEvent =
  | { readonly type: 'ready'; readonly operatorTokenFile: string; readonly unedited: readonly string[] }
  | { readonly type: 'holding_record'; readonly task: string }
  /** Every act was answered; in milliseconds, of each that was confirmed. */
  | { readonly type: 'stormed'; readonly confirmed: readonly string[]; readonly ackMs: readonly number[]; readonly busy: number }
  | { readonly type: 'looked'; readonly seen: LoopSeen }

const EVENTS: ReadonlySet<unknown> = new Set<NodeEvent['type']>(['ready', 'holding_record', 'stormed', 'looked'])

export function isNodeOrder(message: unknown): message is NodeOrder {
  return typeof message === 'object' && message !== null && 'type' in message
}

export function isNodeEvent(message: unknown): message is NodeEvent {
  return typeof message === 'object' && message !== null && 'type' in message && EVENTS.has(message.type)
}

/** Written by this harness a moment ago: only that it is the right file is looked at. */
export function isChanges(value: unknown): value is Changes {
  return typeof value === 'object' && value !== null && 'edits' in value && Array.isArray(value.edits)
}

// The record that begins a new segment of the chain, when the file no longer ends where the writer left it. No I/O.
// It cannot tell an attack from a mistake of an operator: it says what was expected and what was found.
import { newDecisionId, uuidV7 } from '@bailiwick/core'
import type { JsonObject } from '@bailiwick/core'

/** Where a chain ends. `seq` 0 and an empty hash: no record yet. */
export interface Head {
  readonly seq: number
  readonly hash: string
}

export const SEGMENT_STARTED = 'segment_started'

/** Unsealed: `seq` continues after the higher of both ends, `prev_hash` is the lost end, which joins the parts if the lost file turns up. */
export function segmentRecord(lost: Head, found: Head, node: string, atMs: number): JsonObject {
  return {
    v: 1,
    id: uuidV7(atMs),
    node,
    time: new Date(atMs).toISOString(),
    kind: 'store',
    decision_id: newDecisionId(atMs),
    effect: 'deny',
    reason: 'audit_unavailable',
    detail: 'the journal file no longer ended where this node left it',
    plane: 'operators',
    door: 'journal',
    act: { event: SEGMENT_STARTED, lost_seq: lost.seq, lost_hash: lost.hash, found_seq: found.seq, found_hash: found.hash },
  }
}

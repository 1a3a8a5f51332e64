// Whether one record may follow another in a copy of a chain. No I/O.
// A node that lost its journal file begins a segment and says where the lost file ended. What it had sent before is here, so the copy can be whole where
// the node's own file is not; what it had not sent is missing, and counted.
import type { JsonObject } from '@bailiwick/core'
import { SEGMENT_STARTED } from '../segment-record.ts'
import type { Head } from '../segment-record.ts'
import { integerOf, memberOf, textOf } from '../stored-record.ts'

export type Following =
  | { readonly ok: true; /** Records that existed on the node and never came. */ readonly missing: number }
  | { readonly ok: false; readonly kind: 'gap' | 'diverged'; readonly problem: string }

export function follows(end: Head, record: JsonObject): Following {
  const seq = integerOf(record['seq']) ?? 0
  if (seq === end.seq + 1 && record['prev_hash'] === end.hash) return { ok: true, missing: 0 }
  const lost = lostEndOf(record)
  if (lost === undefined) {
    if (seq > end.seq + 1) return { ok: false, kind: 'gap', problem: `record ${end.seq + 1} is missing` }
    return { ok: false, kind: 'diverged', problem: `record ${seq} does not follow the one held before it` }
  }
  if (record['prev_hash'] !== lost.hash || seq <= lost.seq) return { ok: false, kind: 'diverged', problem: 'a segment is not linked to what it says was lost' }
  if (lost.seq < end.seq) return { ok: false, kind: 'diverged', problem: 'a segment begins before the end that is held' }
  if (lost.seq === end.seq && lost.hash !== end.hash) return { ok: false, kind: 'diverged', problem: 'a segment was started after another end' }
  return { ok: true, missing: lost.seq - end.seq }
}

function lostEndOf(record: JsonObject): Head | undefined {
  const act = record['act']
  if (record['kind'] !== 'store' || memberOf(act, 'event') !== SEGMENT_STARTED) return undefined
  const seq = integerOf(memberOf(act, 'lost_seq'))
  const hash = textOf(memberOf(act, 'lost_hash'))
  return seq === undefined || hash === undefined ? undefined : { seq, hash }
}

/**
 * A node may have had another name before it began to report, and its chain goes back to then. From the first record that carries the present name on, all of
 * them must: `ownSeen` is whether the copy has one already.
 */
export function isNamed(node: string, record: JsonObject, ownSeen: boolean): boolean {
  return record['node'] === node || !ownSeen
}

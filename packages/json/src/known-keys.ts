// Keys that were met before. The same few names come in every message: one that is known costs a look at its bytes, a new one a string and its place among
// the engine's names. A memo, no more: what it gives is what the bytes say, compared one by one. Bounded, and it keeps no part of a body alive.
import type { Cursor } from './cursor.ts'
import { BYTE_KINDS, PLAIN, QUOTE } from './plain-bytes.ts'

const SLOTS = 1024
const LONGEST = 32
/** FNV-1a. Anybody may write keys that share a slot: that costs what a new key costs. */
const FNV_PRIME = 0x01000193

const keys: string[] = Array.from({ length: SLOTS }, () => '')
const keyLengths = new Uint8Array(SLOTS)
const keyBytes = new Uint8Array(SLOTS * LONGEST)
/** Of the last key that was new there. Only one that comes again is kept: a body of half a million names leaves none. */
const newcomers = new Int32Array(SLOTS)

/** A short key of plain ASCII; `cursor.at` is on its opening quote, and afterwards behind the closing one. Undefined, and nothing moved: any other string, or none. */
export function readPlainKey(cursor: Cursor): string | undefined {
  const { bytes } = cursor
  const start = cursor.at + 1
  const limit = start + LONGEST
  let at = start
  let byte = bytes[at] ?? 0
  let hash = 0
  while (at < limit && BYTE_KINDS[byte] === PLAIN) {
    hash = Math.imul(hash ^ byte, FNV_PRIME)
    byte = bytes[++at] ?? 0
  }
  if (byte !== QUOTE) return undefined
  cursor.at = at + 1
  const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1)
  if (isAt(slot, bytes, start, at)) return keys[slot]
  if (newcomers[slot] === hash) return keep(slot, bytes, start, at)
  newcomers[slot] = hash
  return cursor.text.slice(start - cursor.wide, at - cursor.wide)
}

function isAt(slot: number, bytes: Uint8Array, start: number, end: number): boolean {
  if (keyLengths[slot] !== end - start) return false
  let kept = slot * LONGEST
  for (let at = start; at < end; at++) {
    if (bytes[at] !== keyBytes[kept++]) return false
  }
  return true
}

/** A string of its own: a part cut out of the body's text would hold on to all of it. */
function keep(slot: number, bytes: Buffer, start: number, end: number): string {
  const key = bytes.toString('latin1', start, end)
  keys[slot] = key
  keyLengths[slot] = end - start
  keyBytes.set(bytes.subarray(start, end), slot * LONGEST)
  return key
}

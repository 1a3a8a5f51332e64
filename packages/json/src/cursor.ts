// The reading position shared by the parts of the strict reader. A reader returns undefined after `fail`, and every caller
// passes that on at once: no part of a body is ever used after the first problem.
import type { ReservedKeys } from './fold-key.ts'
import type { JsonProblemClass } from './problem.ts'

export interface Cursor {
  /** Looked at byte by byte. Behind the last one is 0 to every reader, which no JSON holds. */
  readonly bytes: Buffer
  /** The same, decoded: strings are cut out of it. */
  readonly text: string
  readonly maxDepth: number
  readonly maxMembers: number
  readonly plainKeys: boolean
  /** Bytes from the start. */
  at: number
  /** How many bytes more than UTF-16 units lie before `at`: `text` is at `at - wide`. Only strings change it. */
  wide: number
  /** In `text`: no control character and no backslash lies between where this was last looked for and here. */
  nextSpecial: number
  /** How many more values may come. */
  valuesLeft: number
  /** How many more keys may be written with an escape. */
  escapedKeysLeft: number
  problem: JsonProblemClass | undefined
  problemAt: number
  /** Where the source text of wanted top-level members is put; undefined where none is wanted. */
  readonly lexemes: Map<string, string> | undefined
  readonly wanted: readonly string[]
  /** For the keys of the top-level object. */
  readonly reserved: ReservedKeys | undefined
}

export function fail(cursor: Cursor, problem: JsonProblemClass, at: number = cursor.at): undefined {
  cursor.problem = problem
  cursor.problemAt = at
  return undefined
}

/** RFC 8259 section 2: exactly these four. */
export function skipWhitespace(cursor: Cursor): number {
  const { bytes } = cursor
  let at = cursor.at
  let byte = bytes[at] ?? 0
  if (byte > 0x20) return byte
  while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = bytes[++at] ?? 0
  cursor.at = at
  return byte
}

// The reading position shared by the parts of the strict reader. A reader returns undefined after `fail`, and every caller
// passes that on at once: no part of a body is ever used after the first problem.
import type { ReservedKeys } from './fold-key.ts'
import type { JsonProblemClass } from './problem.ts'

export interface Cursor {
  readonly text: string
  readonly maxDepth: number
  readonly maxMembers: number
  readonly plainKeys: boolean
  /** UTF-16 units from the start of the text. */
  at: number
  /** How many more values may come. */
  valuesLeft: number
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
  const { text } = cursor
  let at = cursor.at
  let code = text.charCodeAt(at)
  if (code > 0x20) return code
  while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) code = text.charCodeAt(++at)
  cursor.at = at
  return code
}

// What the doors that are sent documents are given: somebody to decode them, and how long a question of so many bytes may take. Types, and the question
// about a document that could not be decoded.
import type { AskedQuestion, Deadline, Denial, Result } from '@bailiwick/core'

/** A denial is of a document that there was no time or no memory to decode, or that we ourselves failed to. */
export type Decode<Decoded> = (bytes: Uint8Array, maxBytes: number, deadline: Deadline) => Result<Decoded> | Promise<Result<Decoded>>

/** From now on, for a request with a body of so many bytes. */
export type DeadlineFor = (bodyBytes: number) => Deadline

/** The walk refuses it for that, and there is a record of it. */
export function undecoded(denial: Denial): AskedQuestion {
  return { resourceHint: { from: 'request' }, credential: {}, call: { form: 'undecoded', denial } }
}

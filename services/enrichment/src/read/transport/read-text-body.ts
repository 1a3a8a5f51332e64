// A body that a gateway made text of, as far as it can be known: text mode is lossy, and U+FFFD stands for bytes that were not UTF-8. Here and not at the door, so
// that sixteen megabytes of text are looked through where they are read, in a thread. No I/O.
import { isUtf8 } from 'node:buffer'
import type { HttpForm } from '@bailiwick/core'

/** Never part of UTF-8, so no reader takes it. */
const UNKNOWABLE = Uint8Array.of(0xff)
const REPLACED = '\uFFFD'

/** The same form, or one with a body that every reader refuses. */
export function knownBody(form: HttpForm): HttpForm {
  const { body, isText } = form
  if (isText !== true || typeof body === 'string') return form
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length)
  return isUtf8(bytes) && !bytes.includes(REPLACED) ? form : { ...form, body: UNKNOWABLE }
}

// A Lua script and the name Redis knows it by.
import { hash } from 'node:crypto'

export interface Script {
  readonly text: string
  /** SHA-1, as EVALSHA names it: an identifier, no protection. */
  readonly sha: string
}

export function scriptOf(...parts: readonly string[]): Script {
  const text = parts.join('')
  return { text, sha: hash('sha1', text, 'hex') }
}

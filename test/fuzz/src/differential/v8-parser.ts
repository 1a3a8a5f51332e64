// JSON.parse, as servers in JavaScript use it: on text that was decoded without complaint.
import { canonical } from '../canonical.ts'
import type { Asked, Parser, Seen } from './parser.ts'

export const v8Parser: Parser = {
  name: `V8 ${process.versions.v8} JSON.parse`,
  read: (asked) => Promise.resolve(asked.map(lookWithV8)),
  close: () => Promise.resolve(),
}

const STRING = /"((?:[^"\\]|\\.)*)"\s*(:?)/gs

/** V8 14.6 misreads keys with escapes (docs/decisions/other-parsers.md). No message of MCP has them; in model calls they are left to the other parsers. */
function hasEscapedKey(text: string): boolean {
  return [...text.matchAll(STRING)].some(([, inside = '', colon]) => colon === ':' && inside.includes('\\'))
}

export function lookWithV8({ struct, body }: Asked): Seen {
  try {
    const text = Buffer.from(body).toString('utf8')
    if (struct !== 'mcp' && hasEscapedKey(text)) return new Map([['value', undefined]])
    const value: unknown = JSON.parse(text)
    return new Map([['value', canonical(value)]])
  } catch {
    return new Map([['value', undefined]])
  }
}

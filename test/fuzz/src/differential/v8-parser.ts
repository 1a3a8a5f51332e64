// JSON.parse, as servers in JavaScript use it: on text that was decoded without complaint.
import { canonical } from '../canonical.ts'
import type { Asked, Parser, Seen } from './parser.ts'

export const v8Parser: Parser = {
  name: `V8 ${process.versions.v8} JSON.parse`,
  read: (asked) => Promise.resolve(asked.map(lookWithV8)),
  close: () => Promise.resolve(),
}

export function lookWithV8({ body }: Pick<Asked, 'body'>): Seen {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'))
    return new Map([['value', canonical(value)]])
  } catch {
    return new Map([['value', undefined]])
  }
}

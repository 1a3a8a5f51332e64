// Readers that let through what ours refuses, each in one way, and then look at the call as ours does: planted, to show that the comparison finds them.
import { parseStrictJson } from '@bailiwick/json'
import { ourJudge } from '../src/differential/judge.ts'
import type { Judge } from '../src/differential/judge.ts'

const lenient =
  (parse: (body: Buffer) => unknown): Judge =>
  (request) => {
    try {
      return ourJudge({ ...request, body: Buffer.from(JSON.stringify(parse(request.body))) })
    } catch {
      return undefined
    }
  }

/** Of two equal keys the first, as some parsers have it. */
function firstKeys(body: Buffer): unknown {
  let text = body
  for (;;) {
    const read = parseStrictJson(text)
    if (read.ok) return withoutMarked(read.value)
    if (read.problem.class !== 'duplicate_key') throw new SyntaxError(read.problem.class)
    const behindQuote = read.problem.offset + 1
    text = Buffer.concat([text.subarray(0, behindQuote), Buffer.from(`${MARK}${behindQuote}`), text.subarray(behindQuote)])
  }
}

const MARK = '~again~'

function withoutMarked(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (key, member: unknown) => (key.startsWith(MARK) ? undefined : member))
}

function inLowerCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inLowerCase)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key.toLowerCase(), inLowerCase(member)]))
}

export interface Lenient {
  readonly what: string
  readonly judge: Judge
  /** V8 reads as this one does: somebody else has to be there. */
  readonly likeV8?: true
}

export const LENIENT: readonly Lenient[] = [
  { what: 'takes the first of two equal keys', judge: lenient(firstKeys) },
  { what: 'takes bytes that are no UTF-8 for letters', judge: lenient((body) => JSON.parse(body.toString('latin1'))) },
  { what: 'ignores case', judge: lenient((body) => inLowerCase(JSON.parse(body.toString('utf8')))) },
  { what: 'is JSON.parse, which rounds numbers', judge: lenient((body) => JSON.parse(body.toString('utf8'))), likeV8: true },
]

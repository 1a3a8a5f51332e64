// The property: of a request that is allowed, every parser that accepts the body sees the document we judged, the server's own types included, and the call
// we made of it says what a plain reading of that document says. A text is the disagreement.
import { canonical } from '../canonical.ts'
import type { Judged } from './judge.ts'
import type { Parser, Seen, StructKind } from './parser.ts'
import { isRecord, project, SHAPES } from './project.ts'
import type { Request } from './request.ts'

export interface Expected {
  readonly whole: string
  readonly struct: string
  /** Of the call, where it has any. */
  readonly arguments: Readonly<Record<string, unknown>>
}

export function structOf({ kind, path }: Request): StructKind {
  if (kind === 'mcp') return 'mcp'
  return path.includes('/chat/completions') ? 'chat' : 'none'
}

export function expectedOf({ kind }: Request, { document }: Judged): Expected {
  return { whole: canonical(document), struct: canonical(project(document, SHAPES[kind])), arguments: record(record(record(document)['params'])['arguments']) }
}

/** Undefined when this parser refuses the body or sees what is expected. */
export function disagreementWith({ name }: Parser, seen: Seen, expected: Expected): string | undefined {
  for (const [view, text] of seen) {
    const wanted = wantedOf(view, expected)
    if (wanted !== undefined && text !== undefined && text !== wanted && !differsInLastPlaces(text, wanted))
      return `${name} (${view}) sees ${near(text, wanted)} where we saw ${near(wanted, text)}`
  }
  return undefined
}

/** Undefined: nothing to compare. An argument that only its server's type knows under this name is for the tool's schema to refuse. */
function wantedOf(view: string, expected: Expected): string | undefined {
  if (view === 'struct') return expected.struct
  if (!view.startsWith('typed.')) return expected.whole
  const argument = expected.arguments[view.slice('typed.'.length)] ?? null
  return argument === null ? undefined : canonical(argument)
}

const TOKEN = /"[^"]*"|-?\d+e-?\d+|[^"\d-]+|-0|\d/g
const UNITS = 4

/**
 * Decimals that the parser rounded to a neighbouring double, and nothing else: serde_json as it comes does, beyond 2^53 and 10^22. Never whole numbers: those
 * our reader refuses there, so a difference in one is one.
 */
function differsInLastPlaces(text: string, wanted: string): boolean {
  const seen = text.match(TOKEN) ?? []
  const expected = wanted.match(TOKEN) ?? []
  return seen.length === expected.length && seen.every((token, at) => token === expected[at] || areNeighbours(Number(token), Number(expected[at])))
}

function areNeighbours(one: number, other: number): boolean {
  if (!Number.isFinite(one) || !Number.isFinite(other) || Number.isInteger(one) || Number.isInteger(other)) return false
  return Math.abs(one - other) <= Math.max(Math.abs(other) * 2 ** -53 * UNITS, Number.MIN_VALUE * UNITS)
}

/** The call against the document it was made of, read as a server without any checks would read it. */
export function callDisagreement(request: Request, { document, call }: Judged): string | undefined {
  const body = record(document)
  if (call.kind === 'llm') {
    const { model } = body
    return model === undefined || request.path.includes('/models/') || call.dialect.startsWith('gemini') || call.model === model
      ? undefined
      : 'the model differs'
  }
  if (call.shape === 'response') return body['method'] === undefined ? undefined : 'it is no response'
  const params = record(body['params'])
  if (call.method !== body['method']) return 'the method differs'
  if (call.name !== undefined && call.name !== nameIn(call.method, params)) return 'the name differs'
  if (call.arguments !== undefined && canonical(call.arguments) !== canonical(params['arguments'] ?? {})) return 'the arguments differ'
  if ((call.requestId === undefined) !== (body['id'] === undefined)) return 'the id differs'
  if (call.requestId !== undefined && JSON.parse(call.requestId.lexeme) !== body['id']) return 'the id differs'
  return headerDisagreement(request, call.method, call.name)
}

function nameIn(method: string, params: Readonly<Record<string, unknown>>): unknown {
  if (method === 'completion/complete') return record(params['ref'])['name'] ?? record(params['ref'])['uri']
  if (method.startsWith('resources/')) return params['uri']
  return method.startsWith('tasks/') ? params['taskId'] : params['name']
}

/** What an intermediary that reads headers only would have taken the call for. */
function headerDisagreement({ headers }: Request, method: string, name: string | undefined): string | undefined {
  for (const [header, value] of headers) {
    const lower = header.toLowerCase()
    if (lower === 'mcp-method' && value !== method) return 'Mcp-Method differs'
    if (lower === 'mcp-name' && decoded(value) !== name) return 'Mcp-Name differs'
    if (lower === 'content-encoding') return 'the body is encoded'
    if (lower === 'content-type' && /charset=(?!"?utf-8"?\s*$)/i.test(value)) return 'the body is in another character set'
  }
  return undefined
}

function decoded(value: string): string {
  const encoded = /^=\?base64\?(.*)\?=$/.exec(value)?.[1]
  return encoded === undefined ? value : Buffer.from(encoded, 'base64').toString('utf8')
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {}
}

/** The part around the first difference: bodies are long. */
function near(text: string, other: string): string {
  let at = 0
  while (at < text.length && text[at] === other[at]) at++
  return `...${text.slice(Math.max(0, at - 24), at + 40)}...`
}

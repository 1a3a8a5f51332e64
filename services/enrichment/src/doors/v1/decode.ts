// The JSON of `/v1/decide` and `/v1/enrich` as a Question: strict reader, known members only. The caller writes the question, so the
// token is a member of it and the resource is checked against the gateway's list by the walk. Nothing is judged here.
import type { AskedQuestion, HeaderList, HttpForm, JsonObject, JsonValue, McpForm, Possession } from '@bailiwick/core'
import { parseStrictJson } from '@bailiwick/json'

/** What is wrong with the request itself: a fixed word and where, never its content. */
export interface Malformed {
  readonly ok: false
  readonly problem: string
}

export type Decoded = { readonly ok: true; readonly question: AskedQuestion } | Malformed

/** `params` may be as deep as a body of its own, two members down. */
const MAX_DEPTH = 66
const MAX_HEADERS = 200
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}$/
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
/** SHA-256 in base64url. */
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

export function decodeQuestion(bytes: Uint8Array, maxBytes: number): Decoded {
  const parsed = parseStrictJson(bytes, { maxBytes, maxDepth: MAX_DEPTH })
  if (!parsed.ok) return malformed(`json: ${parsed.problem.class}`)
  const { value } = parsed
  if (!isObject(value)) return malformed('json: not an object')
  const unknown = unknownMember(value, ['resource', 'token', 'proof', 'http', 'mcp', 'can_drop_tools'])
  if (unknown) return malformed('unknown member')
  const { resource, token, http, mcp, can_drop_tools: canDropTools, proof } = members(value)
  if (resource !== undefined && typeof resource !== 'string') return malformed('resource: a string')
  if (token !== undefined && typeof token !== 'string') return malformed('token: a string')
  if (canDropTools !== undefined && typeof canDropTools !== 'boolean') return malformed('can_drop_tools: true or false')
  const possession = proof === undefined ? {} : possessionOf(proof)
  if (possession === undefined) return malformed('proof: an object of dpop, a string, and x5t_s256, a SHA-256 in base64url')
  if ((http === undefined) === (mcp === undefined)) return malformed('exactly one of http and mcp')
  const call = http === undefined ? mcpForm(mcp) : httpForm(http)
  if (typeof call === 'string') return malformed(call)
  return {
    ok: true,
    question: {
      resourceHint: { from: 'request', ...(resource === undefined ? {} : { value: resource }) },
      credential: token === undefined || token === '' ? {} : { token },
      // Without the member nothing was said of a proof, which is not to say that there was none.
      ...(proof === undefined ? {} : { possession }),
      call,
      ...(canDropTools === true ? { canDropTools } : {}),
    },
  }
}

/** What the caller saw of the agent's proof: the `DPoP` header where the headers do not hold it, the certificate of the agent's connection. */
function possessionOf(value: JsonValue): Possession | undefined {
  if (!isObject(value) || unknownMember(value, ['dpop', 'x5t_s256'])) return undefined
  const { dpop, x5t_s256: thumbprint } = members(value)
  if (dpop !== undefined && typeof dpop !== 'string') return undefined
  if (thumbprint !== undefined && (typeof thumbprint !== 'string' || !THUMBPRINT.test(thumbprint))) return undefined
  return { dpop: dpop === undefined ? [] : [dpop], ...(thumbprint === undefined ? {} : { thumbprint }) }
}

function httpForm(value: JsonValue): HttpForm | string {
  if (!isObject(value)) return 'http: an object'
  if (unknownMember(value, ['method', 'path', 'headers', 'body', 'body_base64'])) return 'http: unknown member'
  const { method, path, headers, body, body_base64: encoded } = members(value)
  if (typeof method !== 'string' || typeof path !== 'string') return 'http.method, http.path: strings'
  const list = headerList(headers ?? [])
  if (list === undefined) return 'http.headers: a list of [name, value]'
  const bytes = bodyOf(body, encoded)
  return bytes === undefined ? 'http.body: a string, or http.body_base64: base64, not both' : { form: 'http', method, path, headers: list, body: bytes }
}

function mcpForm(value: JsonValue | undefined): McpForm | string {
  if (value === undefined || !isObject(value)) return 'mcp: an object'
  if (unknownMember(value, ['method', 'params', 'version', 'listed'])) return 'mcp: unknown member'
  const { method, params, version, listed } = members(value)
  if (typeof method !== 'string' || typeof version !== 'string') return 'mcp.method, mcp.version: strings'
  if (params !== undefined && !isObject(params)) return 'mcp.params: an object'
  if (listed !== undefined && !isListOfStrings(listed)) return 'mcp.listed: a list of names'
  return { form: 'mcp', method, version, ...(params === undefined ? {} : { params }), ...(listed === undefined ? {} : { result: listed }) }
}

function isListOfStrings(value: JsonValue): value is readonly string[] {
  return isList(value) && value.every((name) => typeof name === 'string')
}

function headerList(value: JsonValue): HeaderList | undefined {
  if (!isList(value) || value.length > MAX_HEADERS) return undefined
  const list: [string, string][] = []
  for (const pair of value) {
    if (!isList(pair) || pair.length !== 2) return undefined
    const [name, text] = pair
    if (typeof name !== 'string' || typeof text !== 'string' || !HEADER_NAME.test(name) || !HEADER_VALUE.test(text)) return undefined
    list.push([name.toLowerCase(), text])
  }
  return list
}

function bodyOf(text: JsonValue | undefined, encoded: JsonValue | undefined): Uint8Array | 'absent' | undefined {
  if (text === undefined && encoded === undefined) return 'absent'
  if (text !== undefined && encoded !== undefined) return undefined
  if (typeof text === 'string') return present(Buffer.from(text, 'utf8'))
  return typeof encoded === 'string' && BASE64.test(encoded) ? present(Buffer.from(encoded, 'base64')) : undefined
}

function present(bytes: Uint8Array): Uint8Array | 'absent' {
  return bytes.length === 0 ? 'absent' : bytes
}

/** The strict reader makes objects without a prototype, so a name that is absent is undefined. */
function members(value: JsonObject): { readonly [key: string]: JsonValue | undefined } & Record<Member, JsonValue | undefined> {
  return {
    resource: value['resource'],
    token: value['token'],
    proof: value['proof'],
    dpop: value['dpop'],
    x5t_s256: value['x5t_s256'],
    http: value['http'],
    mcp: value['mcp'],
    method: value['method'],
    path: value['path'],
    headers: value['headers'],
    body: value['body'],
    body_base64: value['body_base64'],
    params: value['params'],
    version: value['version'],
    listed: value['listed'],
    can_drop_tools: value['can_drop_tools'],
  }
}

type Member =
  | 'resource'
  | 'token'
  | 'proof'
  | 'dpop'
  | 'x5t_s256'
  | 'http'
  | 'mcp'
  | 'method'
  | 'path'
  | 'headers'
  | 'body'
  | 'body_base64'
  | 'params'
  | 'version'
  | 'listed'
  | 'can_drop_tools'

function unknownMember(value: JsonObject, known: readonly Member[]): boolean {
  return Object.keys(value).some((key) => !known.some((name) => name === key))
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !isList(value)
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}

function malformed(problem: string): Malformed {
  return { ok: false, problem }
}

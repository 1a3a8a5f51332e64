// Our reader as the comparison sees it: for a request it takes, the whole document it read, and the call it made of it.
import { parseResourceName } from '@bailiwick/core'
import type { LlmCall, McpCall, Resource, ResourceKind } from '@bailiwick/core'
import { parseStrictJson } from '@bailiwick/json'
import { readCall } from '../../../../services/enrichment/src/read/read-call.ts'
import type { Request } from './request.ts'

export interface Judged {
  /** What JSON.parse would have given, had it agreed: compared with what other parsers saw. */
  readonly document: unknown
  readonly call: McpCall | LlmCall
}

/** Undefined: refused. */
export type Judge = (request: Request) => Judged | undefined

export const RESOURCES: Readonly<Record<ResourceKind, Resource>> = { mcp: resource('mcp'), llm: resource('llm') }

export const ourJudge: Judge = ({ kind, method, path, headers, body }) => {
  const outcome = readCall(RESOURCES[kind], { form: 'http', method, path, headers, body })
  if (!outcome.ok) return undefined
  const parsed = parseStrictJson(body)
  if (!parsed.ok) throw new Error('a call was made of a body that the strict reader refuses')
  return { document: parsed.value, call: outcome.call }
}

function resource(kind: ResourceKind): Resource {
  const name = parseResourceName(kind === 'mcp' ? 'payments' : 'models')
  if (name === undefined) throw new TypeError('a resource name was expected')
  return {
    name,
    kind,
    uri: `https://${name}.example.com/${kind}`,
    tokenLifetimeSeconds: 600,
    scopes: [],
    unbound: [],
    mode: 'enforce',
    forwardToken: false,
    validatesMcpHeaders: false,
    maxBodyBytes: 1 << 20,
    enrichAttributes: [],
  }
}

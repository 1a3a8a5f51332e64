// Our reader as the comparison sees it: for a request it takes, the whole document it read, and the call it made of it.
import type { LlmCall, McpCall, Resource, ResourceKind } from '@bailiwick/core'
import { parseStrictJson } from '@bailiwick/json'
import { testResource } from '@bailiwick/kit/test-resource'
import { readCall } from '../../../../services/enrichment/src/read/read-call.ts'
import type { Request } from './request.ts'

export interface Judged {
  /** What JSON.parse would have given, had it agreed: compared with what other parsers saw. */
  readonly document: unknown
  readonly call: McpCall | LlmCall
}

/** Undefined: refused. */
export type Judge = (request: Request) => Judged | undefined

export const RESOURCES: Readonly<Record<ResourceKind, Resource>> = {
  mcp: testResource('mcp', { maxBodyBytes: 1 << 20 }),
  llm: testResource('llm', { maxBodyBytes: 1 << 20 }),
}

export const ourJudge: Judge = ({ kind, method, path, headers, body }) => {
  const outcome = readCall(RESOURCES[kind], { form: 'http', method, path, headers, body })
  if (!outcome.ok) return undefined
  const parsed = parseStrictJson(body)
  if (!parsed.ok) throw new Error('a call was made of a body that the strict reader refuses')
  return { document: parsed.value, call: outcome.call }
}

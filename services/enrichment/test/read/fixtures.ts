// A valid request of each kind; a test changes one thing of it.
import type { HeaderList, HttpForm } from '@bailiwick/core'
import { testResource } from '@bailiwick/kit/test-resource'
import { readCall } from '../../src/read/read-call.ts'
import type { ReadOutcome } from '../../src/read/read-outcome.ts'

export const META_2026 = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' }
export const OLD = '2025-11-25'
export const NEW = '2026-07-28'

export const JSON_HEADERS: HeaderList = [
  ['host', 'payments.example.com'],
  ['content-type', 'application/json'],
  ['accept', 'application/json, text/event-stream'],
  ['authorization', 'Bearer x.y.z'],
]

export interface Sent {
  readonly method?: string
  readonly path?: string
  readonly headers?: HeaderList
  readonly body?: unknown
  /** In place of the serialized `body`; `absent` and `partial` as the form has them. */
  readonly raw?: string | Uint8Array
}

export function http(sent: Sent): HttpForm {
  const { raw } = sent
  const body =
    raw === undefined ? Buffer.from(JSON.stringify(sent.body)) : raw === 'absent' || raw === 'partial' || typeof raw !== 'string' ? raw : Buffer.from(raw)
  return { form: 'http', method: sent.method ?? 'POST', path: sent.path ?? '/mcp', headers: sent.headers ?? JSON_HEADERS, body }
}

export function withHeaders(...more: readonly (readonly [string, string])[]): HeaderList {
  return [...JSON_HEADERS, ...more]
}

/** A message of a revision with sessions, as clients send it after `initialize`. */
export function legacy(message: object, version: string = OLD, headers: HeaderList = []): ReadOutcome {
  return readCall(testResource('mcp'), http({ body: { jsonrpc: '2.0', ...message }, headers: withHeaders(['mcp-protocol-version', version], ...headers) }))
}

export interface Modern {
  readonly id?: unknown
  readonly method: string
  readonly params?: Readonly<Record<string, unknown>>
}

/** A request of 2026-07-28 with its `_meta` and the headers given. */
export function modern({ id = 1, method, params = {} }: Modern, headers: Readonly<Record<string, string | undefined>>): ReadOutcome {
  const sent = { 'mcp-protocol-version': NEW, 'mcp-method': method, ...headers }
  const list = Object.entries(sent).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
  return readCall(testResource('mcp'), http({ body: { jsonrpc: '2.0', id, method, params: { _meta: META_2026, ...params } }, headers: withHeaders(...list) }))
}

export function denialOf(outcome: ReadOutcome): Readonly<Record<string, unknown>> {
  return outcome.ok ? { allowed: outcome.call } : { ...outcome.denial }
}

// `/forward-auth/<dialect>/<resource>` in the OpenAPI document: one path for each dialect, since each tells the client's request in headers of its
// own. Written from the table of dialects; nothing is decided here.
import type { JsonObject } from '@bailiwick/core'
import { FORWARD_AUTH_DIALECTS } from '../forward-auth/dialects.ts'
import type { ForwardAuthDialect } from '../forward-auth/dialects.ts'
import { IDENTITY_HEADERS } from '../identity-headers.ts'

/** Of a sub-request: the method the gateway chose, or the client's own. */
const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'] as const
/** What a denial may be. Gateways take 2xx for leave and some a 5xx too: nothing else is answered. */
const DENIED_STATUSES = [400, 401, 403, 413] as const

const text = { type: 'string' } as const

const DENIED: JsonObject = {
  description: 'It may not: what the client is to read, in its own protocol.',
  headers: {
    'x-bailiwick-reason': { schema: { $ref: '#/components/schemas/Reason' } },
    'x-bailiwick-denial': { schema: text, description: 'The body once more, as printable ASCII, for gateways that drop bodies.' },
  },
  content: { 'application/json': {}, 'text/plain': {} },
}

export const FORWARD_AUTH_PATHS: JsonObject = Object.fromEntries(
  Object.entries(FORWARD_AUTH_DIALECTS).map(([name, dialect]) => [pathOf(name, dialect), toPathItem(name, dialect)]),
)

function pathOf(name: string, { original }: ForwardAuthDialect): string {
  return `/forward-auth/${name}/{resource}${original.from === 'own' ? '/{path}' : ''}`
}

function toPathItem(name: string, dialect: ForwardAuthDialect): JsonObject {
  return { parameters: parametersOf(dialect), ...Object.fromEntries(METHODS.map((method) => [method, toOperation(name, method, dialect)])) }
}

function toOperation(name: string, method: string, dialect: ForwardAuthDialect): JsonObject {
  return {
    operationId: `forward_auth_${name}_${method}`,
    summary: `May the request pass that ${name} asks about?`,
    security: [{ gatewayKey: [] }],
    ...(method === 'trace'
      ? {}
      : { requestBody: { description: "The client's body, whole and as it came, where the gateway shows it.", content: { '*/*': {} } } }),
    responses: {
      200: { description: 'It may, with these headers in the place of its own.', headers: headersOnAllow(dialect) },
      ...Object.fromEntries(DENIED_STATUSES.map((status) => [status, DENIED])),
    },
  }
}

function parametersOf({ original }: ForwardAuthDialect): readonly JsonObject[] {
  const resource = { name: 'resource', in: 'path', required: true, schema: { ...text, pattern: '^[a-z][a-z0-9-]{0,62}$' } }
  const token = { name: 'authorization', in: 'header', description: "The client's own: the runtime token.", schema: text }
  if (original.from === 'own') return [resource, { name: 'path', in: 'path', required: true, description: "The client's path.", schema: text }, token]
  return [
    resource,
    { name: original.method, in: 'header', required: true, description: "The client's method.", schema: text },
    { name: original.uri, in: 'header', required: true, description: "The client's path with its query, as it came.", schema: text },
    token,
  ]
}

function headersOnAllow({ removals }: ForwardAuthDialect): JsonObject {
  const names = [...IDENTITY_HEADERS, removals]
  return Object.fromEntries(names.map((name) => [name, { schema: text, ...(name === removals ? { description: 'What to remove, by commas.' } : {}) }]))
}

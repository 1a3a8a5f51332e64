// The MCP revisions that are understood, and what each lets a client send. A revision or method that is not here is refused.
// https://modelcontextprotocol.io/specification: schema.ts of each revision, `ClientRequest` and `ClientNotification`;
// SEP-2663 for the tasks of 2026-07-28.

export const MCP_VERSIONS = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28'] as const
export type McpVersion = (typeof MCP_VERSIONS)[number]

/** From here on each POST stands alone: no session, GET, DELETE or client response, and headers mirror the body. */
const STATELESS_SINCE: McpVersion = '2026-07-28'
/** Clients before 2025-06-18 send no version header; their silence means this (2025-06-18, transports, protocol version header). */
export const SILENT_VERSION: McpVersion = '2025-03-26'

export function parseMcpVersion(text: unknown): McpVersion | undefined {
  return MCP_VERSIONS.find((version) => version === text)
}

export function isStateless(version: McpVersion): boolean {
  return version >= STATELESS_SINCE
}

/** What of `params` names the thing a method acts on. */
export type NameSource = 'none' | 'tool' | 'prompt' | 'uri' | 'task' | 'reference' | 'filter'

interface Known {
  readonly source: NameSource
  readonly since?: McpVersion
  readonly until?: McpVersion
}

const LAST_WITH_SESSIONS: McpVersion = '2025-11-25'

const REQUESTS: ReadonlyMap<string, Known> = new Map<string, Known>([
  ['initialize', { source: 'none', until: LAST_WITH_SESSIONS }],
  ['ping', { source: 'none', until: LAST_WITH_SESSIONS }],
  ['logging/setLevel', { source: 'none', until: LAST_WITH_SESSIONS }],
  ['tools/list', { source: 'none' }],
  ['tools/call', { source: 'tool' }],
  ['prompts/list', { source: 'none' }],
  ['prompts/get', { source: 'prompt' }],
  ['resources/list', { source: 'none' }],
  ['resources/templates/list', { source: 'none' }],
  ['resources/read', { source: 'uri' }],
  ['resources/subscribe', { source: 'uri', until: LAST_WITH_SESSIONS }],
  ['resources/unsubscribe', { source: 'uri', until: LAST_WITH_SESSIONS }],
  ['completion/complete', { source: 'reference' }],
  ['tasks/get', { source: 'task', since: '2025-11-25' }],
  ['tasks/cancel', { source: 'task', since: '2025-11-25' }],
  ['tasks/list', { source: 'none', since: '2025-11-25', until: '2025-11-25' }],
  ['tasks/result', { source: 'task', since: '2025-11-25', until: '2025-11-25' }],
  ['tasks/update', { source: 'task', since: '2026-07-28' }],
  ['server/discover', { source: 'none', since: '2026-07-28' }],
  ['subscriptions/listen', { source: 'filter', since: '2026-07-28' }],
])

const NOTIFICATIONS: ReadonlyMap<string, Known> = new Map<string, Known>([
  ['notifications/cancelled', { source: 'none' }],
  ['notifications/initialized', { source: 'none', until: LAST_WITH_SESSIONS }],
  ['notifications/progress', { source: 'none', until: LAST_WITH_SESSIONS }],
  ['notifications/roots/list_changed', { source: 'none', until: LAST_WITH_SESSIONS }],
  ['notifications/tasks/status', { source: 'none', since: '2025-11-25', until: '2025-11-25' }],
])

/** Undefined where this revision has no such method in this shape. */
export function nameSourceOf(shape: 'request' | 'notification', method: string, version: McpVersion): NameSource | undefined {
  const known = (shape === 'request' ? REQUESTS : NOTIFICATIONS).get(method)
  if (known === undefined) return undefined
  if (known.since !== undefined && version < known.since) return undefined
  if (known.until !== undefined && version > known.until) return undefined
  return known.source
}

/** For who does not say its version: what silence means if that knows the method, else the newest revision that does. */
export function versionKnowing(shape: 'request' | 'notification', method: string): McpVersion {
  if (nameSourceOf(shape, method, SILENT_VERSION) !== undefined) return SILENT_VERSION
  return MCP_VERSIONS.findLast((version) => nameSourceOf(shape, method, version) !== undefined) ?? SILENT_VERSION
}

/** Every method of any revision, for walking them in tests. */
export const MCP_REQUEST_METHODS: readonly string[] = [...REQUESTS.keys()]

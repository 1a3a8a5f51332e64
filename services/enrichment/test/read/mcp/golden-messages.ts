// One documented message per method and revision, as a client of that revision sends it, and the whole call it is read as. The fuzzers start from them too.
// https://modelcontextprotocol.io/specification: the examples of each revision.
import type { HeaderList, McpCall } from '@bailiwick/core'
import { MCP_VERSIONS } from '../../../src/read/mcp/versions.ts'
import type { McpVersion } from '../../../src/read/mcp/versions.ts'

export interface GoldenMessage {
  readonly what: string
  readonly path: string
  readonly headers: HeaderList
  readonly body: Readonly<Record<string, unknown>>
  readonly call: McpCall
}

interface Documented {
  readonly method: string
  readonly params?: Readonly<Record<string, unknown>>
  readonly reads?: Pick<McpCall, 'name' | 'arguments'>
  /** What `Mcp-Name` repeats, from 2026-07-28 on. */
  readonly mirrored?: string
  readonly versions: readonly McpVersion[]
}

const NEWEST = '2026-07-28'
const since = (first: McpVersion): readonly McpVersion[] => MCP_VERSIONS.filter((version) => version >= first)
const ALL = since('2024-11-05')
const WITH_SESSIONS = ALL.filter((version) => version < NEWEST)
const LAST_WITH_SESSIONS: readonly McpVersion[] = ['2025-11-25']
const capabilities = { roots: { listChanged: true }, sampling: {}, elicitation: { form: {}, url: {} } }
const clientInfo = { name: 'ExampleClient', title: 'Example Client Display Name', version: '1.0.0' }

const REQUESTS: readonly Documented[] = [
  { method: 'ping', versions: WITH_SESSIONS },
  { method: 'logging/setLevel', params: { level: 'info' }, versions: WITH_SESSIONS },
  { method: 'tools/list', params: { cursor: 'optional-cursor-value' }, versions: ALL },
  {
    method: 'tools/call',
    params: { name: 'get_weather', arguments: { location: 'New York', days: 3, exact: true, units: null, near: [{ lat: 40.7128, lon: -74.006 }] } },
    reads: { name: 'get_weather', arguments: { location: 'New York', days: 3, exact: true, units: null, near: [{ lat: 40.7128, lon: -74.006 }] } },
    mirrored: 'get_weather',
    versions: ALL,
  },
  // Without arguments; and with the names gateways give the tools of several servers behind one endpoint.
  { method: 'tools/call', params: { name: 'serverA_echo' }, reads: { name: 'serverA_echo', arguments: {} }, mirrored: 'serverA_echo', versions: ALL },
  { method: 'tools/call', params: { name: 'git/repo.read-2' }, reads: { name: 'git/repo.read-2', arguments: {} }, mirrored: 'git/repo.read-2', versions: ALL },
  // With a progress token, and as a task.
  {
    method: 'tools/call',
    params: { name: 'slow', arguments: { n: 0 }, _meta: { progressToken: 'abc123' } },
    reads: { name: 'slow', arguments: { n: 0 } },
    mirrored: 'slow',
    versions: ALL,
  },
  {
    method: 'tools/call',
    params: { name: 'slow', arguments: {}, task: { ttl: 60000 } },
    reads: { name: 'slow', arguments: {} },
    mirrored: 'slow',
    versions: LAST_WITH_SESSIONS,
  },
  // The retry of a multi round-trip request is a request like any other.
  {
    method: 'tools/call',
    params: {
      name: 'ask',
      arguments: {},
      inputResponses: { github_login: { action: 'accept', content: { name: 'octocat' } } },
      requestState: 'eyJsb2NhdGlvbiI6Ik5ZIn0',
    },
    reads: { name: 'ask', arguments: {} },
    mirrored: 'ask',
    versions: [NEWEST],
  },
  { method: 'prompts/list', params: {}, versions: ALL },
  {
    method: 'prompts/get',
    params: { name: 'code_review', arguments: { code: "def hello():\n    print('world')" } },
    reads: { name: 'code_review', arguments: { code: "def hello():\n    print('world')" } },
    mirrored: 'code_review',
    versions: ALL,
  },
  { method: 'resources/list', versions: ALL },
  { method: 'resources/templates/list', versions: ALL },
  {
    method: 'resources/read',
    params: { uri: 'file:///project/src/main.rs' },
    reads: { name: 'file:///project/src/main.rs' },
    mirrored: 'file:///project/src/main.rs',
    versions: ALL,
  },
  { method: 'resources/subscribe', params: { uri: 'file:///project/src/main.rs' }, reads: { name: 'file:///project/src/main.rs' }, versions: WITH_SESSIONS },
  { method: 'resources/unsubscribe', params: { uri: 'file:///project/src/main.rs' }, reads: { name: 'file:///project/src/main.rs' }, versions: WITH_SESSIONS },
  {
    method: 'completion/complete',
    params: { ref: { type: 'ref/prompt', name: 'code_review' }, argument: { name: 'language', value: 'py' } },
    reads: { name: 'code_review' },
    versions: ALL,
  },
  {
    method: 'completion/complete',
    params: { ref: { type: 'ref/resource', uri: 'file:///{path}' }, argument: { name: 'path', value: '' }, context: { arguments: { language: 'python' } } },
    reads: { name: 'file:///{path}' },
    versions: since('2025-06-18'),
  },
  ...['tasks/get', 'tasks/cancel'].map((method) => ({
    method,
    params: { taskId: '786512e2-9e0d-44bd-8f29-789f320fe840' },
    reads: { name: '786512e2-9e0d-44bd-8f29-789f320fe840' },
    mirrored: '786512e2-9e0d-44bd-8f29-789f320fe840',
    versions: since('2025-11-25'),
  })),
  { method: 'tasks/result', params: { taskId: '786512e2' }, reads: { name: '786512e2' }, versions: LAST_WITH_SESSIONS },
  { method: 'tasks/list', params: { cursor: 'c' }, versions: LAST_WITH_SESSIONS },
  { method: 'tasks/update', params: { taskId: '786512e2', inputResponses: {} }, reads: { name: '786512e2' }, mirrored: '786512e2', versions: [NEWEST] },
  { method: 'server/discover', params: {}, versions: [NEWEST] },
  { method: 'subscriptions/listen', params: { notifications: { toolsListChanged: true, promptsListChanged: true } }, versions: [NEWEST] },
]

const NOTIFICATIONS: readonly Documented[] = [
  { method: 'notifications/initialized', versions: WITH_SESSIONS },
  { method: 'notifications/cancelled', params: { requestId: '123', reason: 'User requested cancellation' }, versions: ALL },
  { method: 'notifications/progress', params: { progressToken: 'abc123', progress: 50, total: 100, message: 'Reticulating' }, versions: WITH_SESSIONS },
  { method: 'notifications/roots/list_changed', versions: WITH_SESSIONS },
  {
    method: 'notifications/tasks/status',
    params: { taskId: '786512e2', status: 'completed', createdAt: '2025-11-25T10:30:00Z', lastUpdatedAt: '2025-11-25T10:50:00Z', ttl: 60000 },
    versions: LAST_WITH_SESSIONS,
  },
]

/** What a server asked, answered: sampling, roots, elicitation, ping, a refusal. */
const RESPONSES: readonly Readonly<Record<string, unknown>>[] = [
  { id: 1, result: { role: 'assistant', content: { type: 'text', text: 'Paris.' }, model: 'claude-3-sonnet-20240307', stopReason: 'endTurn' } },
  { id: 2, result: { roots: [{ uri: 'file:///home/user/projects/myproject', name: 'My Project' }] } },
  { id: 'e-3', result: { action: 'decline' } },
  { id: 0, result: {} },
  { id: 5, error: { code: -1, message: 'User rejected sampling request' } },
]

const HTTP: HeaderList = [
  ['host', 'payments.example.com'],
  ['content-type', 'application/json'],
  ['accept', 'application/json, text/event-stream'],
]

/** What a client of that revision sends beside the message. */
function headersOf(version: McpVersion, { method, mirrored }: Partial<Documented>, isRequest: boolean): HeaderList {
  if (version === '2024-11-05') return HTTP
  if (version === '2025-03-26') return [...HTTP, ['mcp-session-id', '1868a90c-7a3e']]
  const declared: HeaderList = [...HTTP, ['mcp-protocol-version', version]]
  if (version < NEWEST) return [...declared, ['mcp-session-id', '1868a90c-7a3e']]
  if (!isRequest || method === undefined) return declared
  return [...declared, ['mcp-method', method], ...(mirrored === undefined ? [] : [['mcp-name', mirrored] as const])]
}

/** HTTP+SSE has an endpoint for messages; its clients, like those of 2025-03-26, do not name their revision after the handshake. */
const pathOf = (version: McpVersion): string => (version === '2024-11-05' ? '/messages?sessionId=1868a90c' : '/mcp')
const readAs = (version: McpVersion): McpVersion => (version === '2024-11-05' ? '2025-03-26' : version)

function withMeta(version: McpVersion, params: Documented['params']): Documented['params'] {
  if (version < NEWEST) return params
  const meta = {
    'io.modelcontextprotocol/protocolVersion': version,
    'io.modelcontextprotocol/clientInfo': clientInfo,
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  return { ...params, _meta: { ...meta, ...Object(params?.['_meta']) } }
}

const messagesOf = (documented: Documented, shape: 'request' | 'notification'): readonly GoldenMessage[] =>
  documented.versions.map((version, at) => {
    const { method, reads = {} } = documented
    const isRequest = shape === 'request'
    const params = isRequest ? withMeta(version, documented.params) : documented.params
    const id = at + 1
    return {
      what: `${method} of ${version}${documented.params === undefined ? '' : ` with ${Object.keys(documented.params).join(', ')}`}`,
      path: pathOf(version),
      headers: headersOf(version, documented, isRequest),
      body: { jsonrpc: '2.0', ...(isRequest ? { id } : {}), method, ...(params === undefined ? {} : { params }) },
      call: { kind: 'mcp', shape, method, ...reads, ...(isRequest ? { requestId: { lexeme: String(id) } } : {}), protocolVersion: readAs(version) },
    }
  })

const initializes: readonly GoldenMessage[] = WITH_SESSIONS.map((version) => ({
  what: `initialize of ${version}`,
  path: version === '2024-11-05' ? '/messages?sessionId=1868a90c' : '/mcp',
  headers: HTTP,
  body: { jsonrpc: '2.0', id: 0, method: 'initialize', params: { protocolVersion: version, capabilities, clientInfo } },
  call: { kind: 'mcp', shape: 'request', method: 'initialize', requestId: { lexeme: '0' }, protocolVersion: version },
}))

const responses: readonly GoldenMessage[] = WITH_SESSIONS.flatMap((version) =>
  RESPONSES.map((answer) => ({
    what: `client response ${JSON.stringify(answer).slice(0, 40)} of ${version}`,
    path: pathOf(version),
    headers: headersOf(version, {}, false),
    body: { jsonrpc: '2.0', ...answer },
    call: { kind: 'mcp', shape: 'response', method: 'response', protocolVersion: readAs(version) },
  })),
)

export const GOLDEN_MESSAGES: readonly GoldenMessage[] = [
  ...initializes,
  ...REQUESTS.flatMap((each) => messagesOf(each, 'request')),
  ...NOTIFICATIONS.flatMap((each) => messagesOf(each, 'notification')),
  ...responses,
]

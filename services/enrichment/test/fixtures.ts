// What the tests of this service share: one valid task, its token's claims, the story's resources, calls as read.
import { hash } from 'node:crypto'
import { newTaskId, parseClientId, parseResourceName } from '@bailiwick/core'
import type { Channel, ClientId, LlmCall, McpCall, Question, Resource, ResourceName, Task } from '@bailiwick/core'
import type { GatewayConfig } from '@bailiwick/config'
import type { RuntimeClaims } from '@bailiwick/tokens'
import { TEST_EPOCH_MS } from '@bailiwick/kit/clock'

export const NOW_SECONDS = TEST_EPOCH_MS / 1000
export const SECRET = 'edge-Zk3v9QmT7xLw2RbN8sYpC5uHdJ4f'

export function resourceName(text: string): ResourceName {
  const name = parseResourceName(text)
  if (name === undefined) throw new Error(`not a resource name: ${text}`)
  return name
}

export function clientId(text: string): ClientId {
  const id = parseClientId(text)
  if (id === undefined) throw new Error(`not a client id: ${text}`)
  return id
}

export const PAYMENTS: Resource = {
  name: resourceName('payments'),
  kind: 'mcp',
  uri: 'https://payments.example.com/mcp',
  tokenLifetimeSeconds: 600,
  scopes: [],
  bind: { refund_issue: { ticket_id: '/ticket_id' } },
  unbound: ['refund_status'],
  mode: 'enforce',
  forwardToken: false,
  validatesMcpHeaders: false,
  maxBodyBytes: 1024 * 1024,
  enrichAttributes: [],
}

export const MODELS: Resource = { ...without(PAYMENTS, 'bind'), name: resourceName('models'), kind: 'llm', uri: 'https://llm.example.com/v1', unbound: [] }

export const TASK: Task = {
  id: newTaskId(TEST_EPOCH_MS),
  path: [],
  state: 'active',
  version: 1,
  createdRev: { epoch: 1, revision: 3 },
  subject: { sub: 'corp:alice', iss: 'https://idp.example.com', kind: 'user', subId: { format: 'iss_sub', iss: 'https://idp.example.com', sub: 'alice' } },
  agent: { id: 'client:refund-agent', clientId: clientId('refund-agent'), declared: false },
  act: { sub: 'client:refund-agent', client_id: 'refund-agent' },
  binding: { ticket_id: 'T-1042' },
  bindingSource: 'launcher',
  purpose: 'refund',
  resources: [PAYMENTS.name, MODELS.name],
  createdAt: NOW_SECONDS - 60,
  createdBy: 'client:support-portal',
  createdByClient: clientId('support-portal'),
  expiresAt: NOW_SECONDS + 3600,
}

export const CLAIMS: RuntimeClaims = {
  typ: 'at+jwt',
  iss: 'http://127.0.0.1:8420',
  sub: TASK.subject.sub,
  subId: TASK.subject.subId,
  aud: PAYMENTS.uri,
  clientId: TASK.agent.clientId,
  jti: 'jti-1',
  iat: NOW_SECONDS - 10,
  exp: NOW_SECONDS + 590,
  taskId: TASK.id,
  kep: { epoch: 1, revision: 4 },
  kid: 'kid-1',
  scope: [],
  act: { sub: 'client:refund-agent', client_id: 'refund-agent' },
}

export const EDGE: GatewayConfig = {
  name: 'edge',
  doors: ['ext_authz', 'v1'],
  dialect: 'envoy',
  resources: [PAYMENTS.name, MODELS.name],
  resourceFrom: 'context_extension',
  serviceNames: {},
  authentication: { method: 'shared_secret', secretHashes: [hash('sha256', SECRET, 'buffer')] },
  enrich: false,
}

export const LOCAL: GatewayConfig = { ...EDGE, name: 'local', authentication: { method: 'loopback' } }

export const CHANNEL: Channel = { door: 'ext_authz', presented: { kind: 'secret', secret: SECRET }, peer: '127.0.0.1' }

export const HINT: Question['resourceHint'] = { from: 'context_extension', value: 'payments' }

export function toolCall(tool: string, given: McpCall['arguments'] = {}): McpCall {
  return { kind: 'mcp', shape: 'request', method: 'tools/call', name: tool, arguments: given, requestId: { lexeme: '1' }, protocolVersion: '2025-06-18' }
}

export function request(method: string, name?: string): McpCall {
  return { kind: 'mcp', shape: 'request', method, requestId: { lexeme: '1' }, protocolVersion: '2025-06-18', ...(name === undefined ? {} : { name }) }
}

export const MODEL_CALL: LlmCall = { kind: 'llm', dialect: 'openai_chat', operation: 'completion', model: 'gpt-4o-mini', tools: ['refund_issue'], stream: true }

export function without<T extends object, K extends keyof T>(value: T, key: K): Omit<T, K> {
  const { [key]: _removed, ...rest } = value
  return rest
}

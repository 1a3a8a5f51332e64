// Every door as one entry: how a gateway there asks about a client's request, and what it then does with the answer. A new door is one more entry.
import { create } from '@bufbuild/protobuf'
import type { HeaderList } from '@bailiwick/core'
import { passThrough } from '@bailiwick/kit/grpc-gateway'
import type { GrpcGateway, Passed } from '@bailiwick/kit/grpc-gateway'
import { passThroughHttp } from '@bailiwick/kit/http-gateway'
import type { HttpGateway } from '@bailiwick/kit/http-gateway'
import { testGatewaySecret } from '@bailiwick/kit/test-config'
import type { ConfigPatch } from '@bailiwick/kit/test-config'
import { CheckRequestSchema, McpRequestSchema, extMcpService } from '@bailiwick/wire'
import { askUnary } from './ask-unary.ts'
import { sendRaw } from './send-raw.ts'
import type { Running } from './running.ts'

/** What a client sent to a gateway. */
export interface ClientRequest {
  readonly resource: string
  readonly token?: string | undefined
  readonly method: string
  readonly path: string
  /** Without `authorization`. */
  readonly headers: HeaderList
  readonly body?: string | undefined
}

export interface Verdict {
  readonly effect: 'allow' | 'deny'
  readonly reason?: string | undefined
  /** What the gateway then did, where the door's gateway forwards requests. */
  readonly passed?: Passed
}

export interface Door {
  readonly name: string
  /** As the audit record has it. */
  readonly door: string
  /** Asks through it: an entry of the configuration. */
  readonly gateway: ConfigPatch & { readonly name: string }
  /** `nothing`: of a body. `message`: the gateway parsed the MCP message, and its transport is not told. */
  readonly sees: 'everything' | 'nothing' | 'message'
  ask(running: Running, request: ClientRequest): Promise<Verdict>
}

const RESOURCES = ['payments', 'tickets', 'crm', 'payroll', 'models']

function gateway(name: string, door: string, more: ConfigPatch): ConfigPatch & { readonly name: string } {
  return { name, doors: [door], resources: RESOURCES, authentication: 'shared_secret', secret_files: [`./${name}.key`], ...more }
}

const EDGE = gateway('edge', 'ext_authz', { doors: ['ext_authz', 'v1'], dialect: 'envoy', resource_from: 'context_extension' })
const MESH = gateway('mesh', 'ext_authz', { dialect: 'agentgateway', resource_from: 'context_extension' })
const SIDECAR = gateway('sidecar', 'forward_auth', { resource_from: 'path_segment' })

const AGENTS = gateway('agents', 'ext_mcp', { resource_from: 'service_name', service_names: Object.fromEntries(RESOURCES.map((name) => [name, name])) })
const ASKER = gateway('asker', 'authzen', { doors: ['authzen', 'cerbos'], resource_from: 'request' })

export const DOORS: readonly Door[] = [
  { name: 'ext_authz of Envoy', door: 'ext_authz', gateway: EDGE, sees: 'everything', ask: askCheck('edge', 'envoy') },
  { name: 'ext_authz of Envoy, raw headers', door: 'ext_authz', gateway: EDGE, sees: 'everything', ask: askCheck('edge', 'envoy', 'header_map') },
  { name: 'ext_authz of agentgateway', door: 'ext_authz', gateway: MESH, sees: 'everything', ask: askCheck('mesh', 'agentgateway') },
  { name: 'forward-auth of Envoy', door: 'forward_auth', gateway: SIDECAR, sees: 'everything', ask: askForwardAuth('envoy') },
  { name: 'forward-auth of nginx', door: 'forward_auth', gateway: SIDECAR, sees: 'nothing', ask: askForwardAuth('nginx') },
  { name: 'forward-auth of nginx with Lua', door: 'forward_auth', gateway: SIDECAR, sees: 'everything', ask: askForwardAuth('nginx_lua') },
  { name: 'forward-auth of Caddy', door: 'forward_auth', gateway: SIDECAR, sees: 'nothing', ask: askForwardAuth('caddy') },
  { name: 'forward-auth of Traefik', door: 'forward_auth', gateway: SIDECAR, sees: 'everything', ask: askForwardAuth('traefik') },
  { name: 'forward-auth of HAProxy', door: 'forward_auth', gateway: SIDECAR, sees: 'everything', ask: askForwardAuth('haproxy') },
  { name: '/v1/decide with http', door: 'decide', gateway: EDGE, sees: 'everything', ask: askDecide('http') },
  { name: 'ExtMcp', door: 'ext_mcp', gateway: AGENTS, sees: 'message', ask: askExtMcp },
  { name: 'AuthZEN', door: 'authzen', gateway: ASKER, sees: 'message', ask: askAuthzen },
  { name: 'Cerbos’s API', door: 'cerbos', gateway: ASKER, sees: 'message', ask: askCerbos },
  { name: '/v1/decide with mcp', door: 'decide', gateway: EDGE, sees: 'message', ask: askDecide('mcp') },
]

function withToken({ headers, token }: ClientRequest): HeaderList {
  return token === undefined ? headers : [...headers, ['authorization', `Bearer ${token}`]]
}

function askCheck(name: string, dialect: GrpcGateway, as: 'headers' | 'header_map' = 'headers'): Door['ask'] {
  return async (running, request) => {
    const sent = withToken(request)
    const body = Buffer.from(request.body ?? '')
    const pairs = dialect === 'envoy' && body.length > 0 ? [...sent, ['x-envoy-auth-partial-body', 'false'] as const] : sent
    // Envoy joins repeats with a comma unless it sends them raw; agentgateway always joins.
    const joined: Record<string, string> = {}
    for (const [key, value] of pairs) joined[key] = joined[key] === undefined ? value : `${joined[key]}${dialect === 'envoy' ? ',' : ', '}${value}`
    const headers =
      as === 'headers' ? { headers: joined } : { headerMap: { headers: pairs.map(([key, value]) => ({ key, rawValue: Buffer.from(value, 'latin1') })) } }
    const http = { method: request.method, path: request.path, rawBody: body, size: BigInt(body.length), ...headers }
    const check = create(CheckRequestSchema, { attributes: { contextExtensions: { bailiwick_resource: request.resource }, request: { http } } })
    const response = await running.checkRaw(check, { 'x-bailiwick-gateway-key': testGatewaySecret(name) })
    const passed = passThrough(dialect, response, sent)
    const reason = response.dynamicMetadata?.['reason']
    return { effect: passed.allowed ? 'allow' : 'deny', passed, ...(typeof reason === 'string' ? { reason } : {}) }
  }
}

/** The sub-request each of them makes. */
function askForwardAuth(kind: HttpGateway): Door['ask'] {
  const key = ['x-bailiwick-gateway-key', testGatewaySecret('sidecar')] as const
  return async (running, request) => {
    const sent = withToken(request)
    const { method, path, body } = request
    const prefix = `/forward-auth/${kind === 'nginx_lua' ? 'nginx' : kind}/${request.resource}`
    const original = [['x-original-method', method] as const, ['x-original-uri', path] as const]
    const forwarded = [['x-forwarded-method', method] as const, ['x-forwarded-uri', path] as const]
    const carried = body === undefined ? {} : { body }
    const subRequest = {
      envoy: {
        method,
        path: `${prefix}${path}`,
        headers: [...sent, ...(body === undefined ? [] : [['x-envoy-auth-partial-body', 'false'] as const])],
        ...carried,
      },
      nginx: { method: 'GET', path: prefix, headers: [...sent, ...original] },
      nginx_lua: { method: 'POST', path: prefix, headers: [...sent, ...original], ...carried },
      caddy: { method: 'GET', path: prefix, headers: [...sent, ...forwarded] },
      traefik: { method: 'GET', path: prefix, headers: [...sent, ...forwarded], ...carried },
      haproxy: { method: 'POST', path: prefix, headers: [...sent, ...original], ...carried },
    }[kind]
    const reply = await sendRaw(running.address, { ...subRequest, headers: [key, ...subRequest.headers] })
    const passed = passThroughHttp(kind, reply, sent)
    const reason = reply.headers.find(([name]) => name === 'x-bailiwick-reason')?.[1]
    return { effect: passed.allowed ? 'allow' : 'deny', passed, ...(reason === undefined ? {} : { reason }) }
  }
}

function askDecide(form: 'http' | 'mcp'): Door['ask'] {
  return async (running, request) => {
    const { resource, token, method, path, headers, body } = request
    const http = { method, path, headers, ...(body === undefined ? {} : { body }) }
    const call = form === 'http' ? { http } : { mcp: messageOf(body) }
    const answer = await running.post(
      '/v1/decide',
      { resource, ...(token === undefined ? {} : { token }), ...call },
      { 'x-bailiwick-gateway-key': testGatewaySecret('edge') },
    )
    const { effect, reason } = answer.body
    return { effect: effect === 'allow' ? 'allow' : 'deny', ...(typeof reason === 'string' ? { reason } : {}) }
  }
}

async function askExtMcp(running: Running, { resource, token, body }: ClientRequest): Promise<Verdict> {
  const { method, params } = messageOf(body)
  const headers = [['mcp-protocol-version', '2025-06-18'], ...(token === undefined ? [] : [['authorization', `Bearer ${token}`]])]
  const request = create(McpRequestSchema, {
    serviceNames: [resource],
    method,
    headers: headers.map(([key = '', value = '']) => ({ key, value: Buffer.from(value, 'latin1') })),
    ...(params === undefined ? {} : { mcpRequest: Buffer.from(JSON.stringify(params)) }),
  })
  const { result } = await askUnary(running.address, extMcpService.checkRequest, request, testGatewaySecret('agents'))
  if (result.case !== 'error') return { effect: result.case === 'pass' ? 'allow' : 'deny' }
  const said: { reason?: string } = JSON.parse(Buffer.from(result.value.mcpError ?? []).toString() || '{}')
  return { effect: 'deny', reason: said.reason }
}

/** As an MCP server would that follows COAZ-MCP. */
async function askAuthzen(running: Running, { resource, token, body }: ClientRequest): Promise<Verdict> {
  const { method, params } = messageOf(body)
  const about =
    method === 'tools/call'
      ? { type: 'tool', id: params?.name, properties: { arguments: params?.arguments } }
      : { type: 'mcp_server', id: `https://${resource}.example.com/mcp` }
  const evaluation = { subject: { type: 'identity', id: 'corp:bob' }, resource: about, action: { name: method }, context: { bailiwick: { resource, token } } }
  const { body: answer } = await running.post('/access/v1/evaluation', evaluation, { 'x-bailiwick-gateway-key': testGatewaySecret('asker') })
  const context: { reason?: string } = JSON.parse(JSON.stringify(answer['context'] ?? {}))
  return { effect: answer['decision'] === true ? 'allow' : 'deny', reason: context.reason }
}

async function askCerbos(running: Running, { resource, token, body }: ClientRequest): Promise<Verdict> {
  const { method, params } = messageOf(body)
  const isCall = method === 'tools/call'
  const id = isCall ? params?.name : resource
  const action = isCall ? `tools/call/${id}` : method
  const asked = { kind: `mcp:${resource}`, id, attr: isCall ? { arguments: params?.arguments } : {} }
  const principal = { id: 'corp:bob', roles: ['admin'] }
  const request = { principal, resources: [{ resource: asked, actions: [action] }], ...(token === undefined ? {} : { auxData: { jwt: { token } } }) }
  const answer = await running.post('/api/check/resources', request, { 'x-bailiwick-gateway-key': testGatewaySecret('asker') })
  const { results }: { results?: { actions: Record<string, string>; outputs?: { val: { reason?: string } }[] }[] } = JSON.parse(JSON.stringify(answer.body))
  return { effect: results?.[0]?.actions[action] === 'EFFECT_ALLOW' ? 'allow' : 'deny', reason: results?.[0]?.outputs?.[0]?.val.reason }
}

interface Message {
  readonly method: string
  readonly params?: { readonly name?: string; readonly arguments?: object }
  readonly version: string
}

function messageOf(body: string | undefined): Message {
  const { method, params }: { method: string; params?: NonNullable<Message['params']> } = JSON.parse(body ?? '{}')
  return { method, ...(params === undefined ? {} : { params }), version: '2025-06-18' }
}

// Every door as one entry: how a gateway there asks about a client's request, and what it then does with the answer. A new door is one more entry.
import type { ConfigPatch } from '@bailiwick/kit/test-config'
import { askAuthzen, askCerbos, askCerbosGrpc, askDecide, askEnrich, askGuardrail, askPythonFile } from './ask-written.ts'
import { askCheck, askExtMcp, askForwardAuth } from './ask-forwarding.ts'
import type { Door } from './door.ts'

const RESOURCES = ['payments', 'tickets', 'crm', 'payroll', 'models']

function gateway(name: string, door: string, more: ConfigPatch): ConfigPatch & { readonly name: string } {
  return { name, doors: [door], resources: RESOURCES, authentication: 'shared_secret', secret_files: [`./${name}.key`], ...more }
}

const EDGE = gateway('edge', 'ext_authz', { doors: ['ext_authz', 'v1'], dialect: 'envoy', resource_from: 'context_extension' })
const MESH = gateway('mesh', 'ext_authz', { dialect: 'agentgateway', resource_from: 'context_extension' })
const SIDECAR = gateway('sidecar', 'forward_auth', { resource_from: 'path_segment' })
const AGENTS = gateway('agents', 'ext_mcp', { resource_from: 'service_name', service_names: Object.fromEntries(RESOURCES.map((name) => [name, name])) })
const ASKER = gateway('asker', 'authzen', { doors: ['authzen', 'cerbos'], resource_from: 'request' })
const ENRICHER = gateway('enricher', 'v1', { resource_from: 'request', enrich: true })
const GUARD = gateway('guard', 'litellm', { resources: ['models'], resource_from: 'fixed', resource: 'models' })
const GUARD_MCP = gateway('guard-mcp', 'litellm', { resources: ['payments'], resource_from: 'fixed', resource: 'payments' })

const ALL = {}
const NO_TRANSPORT = { transport: 'its gateway has read the call: nobody tells of the bytes, the path and the HTTP method' }
const NO_MODEL = { model: 'speaks MCP alone' }

export const DOORS: readonly Door[] = [
  { name: 'ext_authz of Envoy', door: 'ext_authz', gateway: EDGE, sees: 'everything', without: ALL, ask: askCheck('edge', 'envoy') },
  { name: 'ext_authz of Envoy, raw headers', door: 'ext_authz', gateway: EDGE, sees: 'everything', without: ALL, ask: askCheck('edge', 'envoy', 'header_map') },
  { name: 'ext_authz of agentgateway', door: 'ext_authz', gateway: MESH, sees: 'everything', without: ALL, ask: askCheck('mesh', 'agentgateway') },
  { name: 'forward-auth of Envoy (ext_authz HTTP)', door: 'forward_auth', gateway: SIDECAR, sees: 'everything', without: ALL, ask: askForwardAuth('envoy') },
  { name: 'forward-auth of nginx', door: 'forward_auth', gateway: SIDECAR, sees: 'nothing', without: ALL, ask: askForwardAuth('nginx') },
  { name: 'forward-auth of nginx with Lua', door: 'forward_auth', gateway: SIDECAR, sees: 'everything', without: ALL, ask: askForwardAuth('nginx_lua') },
  { name: 'forward-auth of Caddy', door: 'forward_auth', gateway: SIDECAR, sees: 'nothing', without: ALL, ask: askForwardAuth('caddy') },
  { name: 'forward-auth of Traefik', door: 'forward_auth', gateway: SIDECAR, sees: 'everything', without: ALL, ask: askForwardAuth('traefik') },
  { name: 'forward-auth of HAProxy', door: 'forward_auth', gateway: SIDECAR, sees: 'everything', without: ALL, ask: askForwardAuth('haproxy') },
  { name: '/v1/decide with http', door: 'decide', gateway: EDGE, sees: 'everything', without: ALL, ask: askDecide('http') },
  { name: '/v1/decide with mcp', door: 'decide', gateway: EDGE, sees: 'call', without: { ...NO_TRANSPORT, ...NO_MODEL }, ask: askDecide('mcp') },
  {
    name: '/v1/enrich',
    door: 'enrich',
    gateway: ENRICHER,
    sees: 'everything',
    leavesPolicy: true,
    without: { message: 'a resource with bindings is decided here alone: who asks the policy itself would not compare them', transport: 'as above' },
    ask: askEnrich,
  },
  { name: 'LiteLLM’s Python file', door: 'decide', gateway: EDGE, sees: 'call', without: NO_TRANSPORT, ask: askPythonFile },
  {
    name: 'LiteLLM’s guardrail API',
    door: 'litellm',
    gateway: GUARD,
    sees: 'call',
    without: { ...NO_TRANSPORT, message: 'its one resource is a model endpoint' },
    ask: askGuardrail('guard'),
  },
  {
    name: 'LiteLLM’s guardrail API before an MCP server',
    door: 'litellm',
    gateway: GUARD_MCP,
    sees: 'call',
    without: {
      ...NO_TRANSPORT,
      message: 'of an MCP call LiteLLM shows a model of its own invention and the tool’s definition, never the arguments',
      model: 'its one resource is an MCP server',
    },
    ask: askGuardrail('guard-mcp'),
  },
  { name: 'ExtMcp', door: 'ext_mcp', gateway: AGENTS, sees: 'call', without: { ...NO_TRANSPORT, ...NO_MODEL }, ask: askExtMcp },
  { name: 'AuthZEN, one evaluation', door: 'authzen', gateway: ASKER, sees: 'call', without: NO_TRANSPORT, ask: askAuthzen('one') },
  { name: 'AuthZEN, evaluations', door: 'authzen', gateway: ASKER, sees: 'call', without: NO_TRANSPORT, ask: askAuthzen('many') },
  { name: 'Cerbos’s API over HTTP', door: 'cerbos', gateway: ASKER, sees: 'call', without: NO_TRANSPORT, ask: askCerbos },
  { name: 'Cerbos’s API over gRPC', door: 'cerbos', gateway: ASKER, sees: 'call', without: NO_TRANSPORT, ask: askCerbosGrpc },
]

// How the callers ask that write the question themselves: in the JSON of `/v1`, as LiteLLM, as AuthZEN or as a client of Cerbos.
import { fromJson, toJsonString } from '@bufbuild/protobuf'
import type { JsonValue } from '@bufbuild/protobuf'
import { ValueSchema } from '@bufbuild/protobuf/wkt'
import { testGatewaySecret } from '@bailiwick/kit/test-config'
import { CheckResourcesRequestSchema, Effect, cerbosService } from '@bailiwick/wire'
import { askUnary } from './ask-unary.ts'
import { messageOf, modelCallOf } from './door.ts'
import type { ClientRequest, Door, ModelCall, Verdict } from './door.ts'
import type { Running } from './running.ts'

function keyOf(gateway: string): Record<string, string> {
  return { 'x-bailiwick-gateway-key': testGatewaySecret(gateway) }
}

/** In OpenAI's form: a request for a model, and so no MCP message. */
function isModelCall({ resource }: ClientRequest): boolean {
  return resource === 'models'
}

function httpOf({ method, path, headers, dpop, body }: ClientRequest): object {
  return { method, path, headers: dpop === undefined ? headers : [...headers, ['dpop', dpop]], ...(body === undefined ? {} : { body }) }
}

async function askV1(running: Running, path: string, gateway: string, { resource, token }: ClientRequest, call: object): Promise<Verdict> {
  const { body } = await running.post(path, { resource, ...(token === undefined ? {} : { token }), ...call }, keyOf(gateway))
  const { effect, reason, request } = body
  return { effect: effect === 'allow' || request !== undefined ? 'allow' : 'deny', ...(typeof reason === 'string' ? { reason } : {}) }
}

/** Where there are no headers to hold it. */
function proofOf({ dpop }: ClientRequest): object {
  return dpop === undefined ? {} : { proof: { dpop } }
}

export function askDecide(form: 'http' | 'mcp'): Door['ask'] {
  return (running, request) =>
    askV1(running, '/v1/decide', 'edge', request, form === 'http' ? { http: httpOf(request) } : { mcp: messageOf(request.body), ...proofOf(request) })
}

export const askEnrich: Door['ask'] = (running, request) => askV1(running, '/v1/enrich', 'enricher', request, { http: httpOf(request) })

/** gateways/litellm/bailiwick.py: a model call with the bytes that came, an MCP call as LiteLLM has parsed it. */
export const askPythonFile: Door['ask'] = (running, request) => {
  if (!isModelCall(request)) return askV1(running, '/v1/decide', 'edge', request, { mcp: messageOf(request.body) })
  const { method, path, headers, body = '' } = request
  const http = { method, path, headers, body_base64: Buffer.from(body).toString('base64') }
  return askV1(running, '/v1/decide', 'edge', request, { http, can_drop_tools: true })
}

/** What LiteLLM posts of a model call; of an MCP call, what it makes of one for its guardrails: a tool's definition under a model's name. */
export function askGuardrail(gateway: string): Door['ask'] {
  return async (running, request) => {
    const { token, body } = request
    const { model, tools } = isModelCall(request) ? modelCallOf(body) : synthetic(messageOf(body).params?.name)
    const document = {
      input_type: 'request',
      litellm_call_id: 'c-1',
      texts: ['hello'],
      tools: tools ?? null,
      tool_calls: null,
      model,
      request_data: { user_api_key_user_id: 'corp:bob' },
      request_headers: { authorization: '[present]', ...(token === undefined ? {} : { 'x-bailiwick-token': token }) },
      additional_provider_specific_params: {},
    }
    const { body: answer } = await running.post('/beta/litellm_basic_guardrail_api', document, { 'x-api-key': testGatewaySecret(gateway) })
    if (answer['action'] === 'NONE' || answer['action'] === 'GUARDRAIL_INTERVENED') return { effect: 'allow' }
    // It says why in prose alone: the word for it is the record's.
    return { effect: 'deny', reason: running.journal.records.at(-1)?.reason }
  }
}

function synthetic(tool = ''): ModelCall {
  return { model: 'mcp-tool-call', tools: [{ type: 'function', function: { name: tool } }] }
}

/** As an MCP server would that follows COAZ-MCP; of a model call, in the words policies know. */
export function askAuthzen(form: 'one' | 'many'): Door['ask'] {
  return async (running, request) => {
    const { resource, token } = request
    const about = { subject: { type: 'identity', id: 'corp:bob' }, ...coazOf(request), context: { bailiwick: { resource, token } } }
    const [path, document] = form === 'one' ? ['/access/v1/evaluation', about] : ['/access/v1/evaluations', { ...about, evaluations: [{}] }]
    const { body } = await running.post(path, document, keyOf('asker'))
    const answer: { decision?: boolean; context?: { reason?: string }; evaluations?: { decision?: boolean; context?: { reason?: string } }[] } = JSON.parse(
      JSON.stringify(body),
    )
    const { decision, context } = answer.evaluations?.[0] ?? answer
    return { effect: decision === true ? 'allow' : 'deny', reason: context?.reason }
  }
}

function coazOf(request: ClientRequest): object {
  const { kind, id, action, attr } = cerbosWords(request)
  if (isModelCall(request)) return { resource: { type: kind, id, properties: attr }, action: { name: action } }
  const { method, params } = messageOf(request.body)
  if (method !== 'tools/call') return { resource: { type: 'mcp_server', id: `https://${request.resource}.example.com/mcp` }, action: { name: method } }
  return { resource: { type: 'tool', id: params?.name, properties: { arguments: params?.arguments } }, action: { name: method } }
}

interface CerbosWords {
  readonly kind: string
  readonly id: string
  readonly action: string
  readonly attr: object
}

function cerbosWords(request: ClientRequest): CerbosWords {
  const { resource, body } = request
  if (isModelCall(request)) {
    const { model, tools } = modelCallOf(body)
    return { kind: `llm:${resource}`, id: model, action: 'completion', attr: tools === undefined ? {} : { tools: tools.map((tool) => tool.function.name) } }
  }
  const { method, params } = messageOf(body)
  const { name = '' } = params ?? {}
  const kind = `mcp:${resource}`
  if (method !== 'tools/call') return { kind, id: resource, action: method, attr: {} }
  return { kind, id: name, action: `${method}/${name}`, attr: { arguments: params?.arguments } }
}

const BOB = { id: 'corp:bob', roles: ['admin'] }

export const askCerbos: Door['ask'] = async (running, request) => {
  const { kind, id, action, attr } = cerbosWords(request)
  const { token } = request
  const asked = {
    principal: BOB,
    resources: [{ resource: { kind, id, attr }, actions: [action] }],
    ...(token === undefined ? {} : { auxData: { jwt: { token } } }),
  }
  const { body } = await running.post('/api/check/resources', asked, keyOf('asker'))
  const { results }: { results?: { actions: Record<string, string>; outputs?: { val: { reason?: string } }[] }[] } = JSON.parse(JSON.stringify(body))
  return { effect: results?.[0]?.actions[action] === 'EFFECT_ALLOW' ? 'allow' : 'deny', reason: results?.[0]?.outputs?.[0]?.val.reason }
}

export const askCerbosGrpc: Door['ask'] = async (running, request) => {
  const { kind, id, action, attr } = cerbosWords(request)
  const { token = '' } = request
  const asked = { resources: [{ resource: { kind, id, attr: asJson(attr) }, actions: [action] }], auxData: { jwt: { token } } }
  const message = fromJson(CheckResourcesRequestSchema, asked)
  const { results } = await askUnary(running.address, cerbosService.checkResources, message, testGatewaySecret('asker'))
  const said = results[0]?.outputs[0]?.val
  const { reason }: { reason?: string } = said === undefined ? {} : JSON.parse(toJsonString(ValueSchema, said))
  return { effect: results[0]?.actions[action] === Effect.ALLOW ? 'allow' : 'deny', reason }
}

function asJson(value: object): JsonValue {
  const json: JsonValue = JSON.parse(JSON.stringify(value))
  return json
}

// One target for each door, all with the same call: what its gateway would send, and which answer counts. Requests are made beforehand; only
// an explicit allow is a success.
import { create } from '@bufbuild/protobuf'
import { GRPC } from '@cerbos/grpc'
import { McpRequestSchema, extMcpService } from '@bailiwick/wire'
import type { McpRequestResult } from '@bailiwick/wire'
import { refundBody, refundHeaders, refundParams, REFUND } from '../../house/mcp-call.ts'
import type { Supplies } from '../../house/supplies.ts'
import type { DoorName } from '../../rows.ts'
import type { Target } from '../target.ts'
import { QUESTION } from './bare.ts'
import { extAuthzTarget } from './ext-authz.ts'
import { grpcTarget } from './grpc.ts'
import { certificateHeaderOf, headersOf, proofsFor } from './possession.ts'
import { httpTarget, said } from './http.ts'
import type { HttpRequest } from './http.ts'

/** `bodyBytes`: of the MCP message or, where a door has a document of its own, of that. `count`: how many requests there will be. */
export function doorTarget(door: DoorName, supplies: Supplies, bodyBytes: number, count: number): Target | Promise<Target> {
  const { knownTokens, dpopTokens, certificateTokens, certificate } = supplies
  // Large ones are kept in memory ready to send: a few are enough.
  const tokens = knownTokens.slice(0, Math.max(4, Math.min(knownTokens.length, Math.floor(MAX_READY_BYTES / bodyBytes))))
  switch (door) {
    case 'ext-authz':
      return extAuthzTarget(supplies, tokens, bodyBytes)
    case 'ext-authz-http':
      return ask(supplies, 'sidecar', tokens, '2xx', (token, n) => forwardedByEnvoy(token, refundBody(n, bodyBytes), n))
    case 'nginx':
      return ask(supplies, 'sidecar', tokens, '2xx', (token, n) => forwardedByNginx(token, refundBody(n, bodyBytes), n))
    case 'ext-authz-dpop': {
      const each = inTurn(dpopTokens, count)
      return extAuthzTarget(supplies, each, bodyBytes, proofsFor(supplies, each))
    }
    case 'ext-authz-mtls':
      return extAuthzTarget(
        supplies,
        certificateTokens,
        bodyBytes,
        certificateTokens.map(() => ({ certificate })),
      )
    case 'nginx-dpop': {
      const each = inTurn(dpopTokens, count)
      const proofs = proofsFor(supplies, each)
      return ask(supplies, 'sidecar', each, '2xx', (token, n) =>
        withHeaders(forwardedByNginx(token, refundBody(n, bodyBytes), n), headersOf(token, proofs[n] ?? {})),
      )
    }
    case 'nginx-mtls':
      return ask(supplies, 'sidecar', certificateTokens, '2xx', (token, n) =>
        withHeaders(forwardedByNginx(token, refundBody(n, bodyBytes), n), certificateHeaderOf({ certificate })),
      )
    case 'ext-mcp':
      return extMcpTarget(supplies, tokens, bodyBytes)
    case 'litellm':
      return litellmTarget(supplies, bodyBytes)
    case 'authzen':
      return ask(supplies, 'asker', tokens, '"decision":true', evaluation)
    case 'decide':
      return ask(supplies, 'asker', tokens, '"effect":"allow"', (token, n) => written('/v1/decide', 'payments', token, refundBody(n, bodyBytes), n))
    case 'enrich':
      return ask(supplies, 'asker', supplies.unboundTokens, '"checked_at"', (token, n) => written('/v1/enrich', 'tickets', token, refundBody(n, bodyBytes), n))
    case 'cerbos':
      return cerbosDoorTarget(supplies)
  }
}

/** A proof counts once, so each request has its own. */
function inTurn(tokens: readonly string[], count: number): readonly string[] {
  return Array.from({ length: count }, (_, n) => tokens[n % tokens.length] ?? '')
}

function withHeaders(request: Omit<HttpRequest, 'method'>, headers: Readonly<Record<string, string>>): Omit<HttpRequest, 'method'> {
  return { ...request, headers: { ...request.headers, ...headers } }
}

const MAX_READY_BYTES = 4 * 1024 * 1024
const JSON_TYPE = { 'content-type': 'application/json' }

/** `sign`: what a good answer's body holds; `2xx`: its status alone says it. */
function ask(
  { url, gatewayKeys }: Supplies,
  gateway: 'sidecar' | 'asker',
  tokens: readonly string[],
  sign: string,
  toRequest: (token: string, n: number) => Omit<HttpRequest, 'method'>,
): Target {
  const requests = tokens.map((token, n): HttpRequest => {
    const { headers, ...request } = toRequest(token, n)
    return { method: 'POST', ...request, headers: { ...headers, 'x-bailiwick-gateway-key': gatewayKeys[gateway] } }
  })
  return httpTarget({
    url,
    request: (n) => requests[n % requests.length],
    judge: (status, body) => (status === 200 && (sign === '2xx' || body.includes(sign)) ? undefined : said(status, body)),
  })
}

/** ext_authz over HTTP: the client's own request under a prefix, with its whole body. */
function forwardedByEnvoy(token: string, body: Buffer, n: number): Omit<HttpRequest, 'method'> {
  const headers = { ...Object.fromEntries(refundHeaders(token, n, body.length)), 'x-envoy-auth-partial-body': 'false' }
  return { path: '/forward-auth/envoy/payments/mcp', headers, body }
}

/** nginx with Lua: the body in a sub-request of its own. */
function forwardedByNginx(token: string, body: Buffer, n: number): Omit<HttpRequest, 'method'> {
  const { 'x-forwarded-proto': _, ...headers } = Object.fromEntries(refundHeaders(token, n, body.length))
  return { path: '/forward-auth/nginx/payments', headers: { ...headers, 'x-original-method': 'POST', 'x-original-uri': '/mcp' }, body }
}

function written(path: string, resource: string, token: string, body: Buffer, n: number): Omit<HttpRequest, 'method'> {
  const headers = refundHeaders(token, n, body.length).filter(([name]) => name !== 'authorization')
  const http = { method: 'POST', path: '/mcp', headers, body: body.toString('utf8') }
  return { path, headers: JSON_TYPE, body: JSON.stringify({ resource, token, http }) }
}

/** The arguments alone make it 2 kB. */
function evaluation(token: string): Omit<HttpRequest, 'method'> {
  const document = {
    subject: { type: 'identity', id: 'corp:alice' },
    resource: { type: 'tool', id: 'refund_issue', properties: { arguments: REFUND } },
    action: { name: 'tools/call' },
    context: { bailiwick: { resource: 'payments', token } },
  }
  return { path: '/access/v1/evaluation', headers: JSON_TYPE, body: JSON.stringify(document) }
}

async function extMcpTarget({ url, gatewayKeys }: Supplies, tokens: readonly string[], bodyBytes: number): Promise<Target> {
  const requests = tokens.map((token, n) =>
    create(McpRequestSchema, {
      serviceNames: ['payments'],
      method: 'tools/call',
      mcpRequest: Buffer.from(JSON.stringify(refundParams(n, bodyBytes))),
      headers: refundHeaders(token, n, bodyBytes).map(([key, value]) => ({ key, value: Buffer.from(value) })),
    }),
  )
  const refusalIn = (response: McpRequestResult | undefined): string | undefined => (response?.result.case === 'pass' ? undefined : 'denied')
  return await grpcTarget({ url, gatewayKey: gatewayKeys.agents, method: extMcpService.checkRequest, requestSchema: McpRequestSchema, requests, refusalIn })
}

/** A model call: the only one this door is for. The conversation makes up the size, as it does in life. */
function litellmTarget({ url, gatewayKeys, modelTokens }: Supplies, bodyBytes: number): Target {
  const toDocument = (token: string, text: string): string =>
    JSON.stringify({
      input_type: 'request',
      litellm_call_id: '5b1f0c1e-2f1a-4f60-8c35-000000000001',
      texts: [text],
      images: null,
      tools: [{ type: 'function', function: { name: 'refund_issue', parameters: { type: 'object' } } }],
      tool_calls: null,
      request_headers: { host: 'litellm', authorization: '[present]', 'x-bailiwick-token': token },
      request_data: {},
      additional_provider_specific_params: {},
      model: 'gpt-4o-mini',
    })
  const documents = modelTokens.map((token) => toDocument(token, 'x'.repeat(Math.max(0, bodyBytes - toDocument(token, '').length))))
  const headers = { ...JSON_TYPE, 'x-api-key': gatewayKeys.models }
  return httpTarget({
    url,
    request: (n) => ({ method: 'POST', path: '/beta/litellm_basic_guardrail_api', headers, body: documents[n % documents.length] ?? '' }),
    judge: (status, body) => (status === 200 && body.includes('"action":"NONE"') ? undefined : `http ${status} blocked`),
  })
}

/** Cerbos's own client with the question of the bare row, at our door in the engine's place. */
function cerbosDoorTarget({ url, gatewayKeys, knownTokens }: Supplies): Target {
  const client = new GRPC(new URL(url).host, { tls: false, headers: { 'x-bailiwick-gateway-key': gatewayKeys.asker } })
  const [asked] = QUESTION.resources
  if (asked === undefined) throw new TypeError('the bare question names no resource')
  const resources = [{ ...asked, actions: ['tools/call/refund_issue'] }]
  return {
    operation: (n, done) => {
      const token = knownTokens[n % knownTokens.length] ?? ''
      client.checkResources({ ...QUESTION, resources, auxData: { jwt: { token } } }).then(
        (answer) => done(answer.results[0]?.allAllowed() === true ? undefined : 'denied'),
        (error: unknown) => done(error instanceof Error ? error.message.slice(0, 64) : 'failed'),
      )
    },
    close: async () => client.close(),
  }
}

// How the gateways ask that forward a client's request themselves, each in its protocol, and what they then do with the answer.
import { create } from '@bufbuild/protobuf'
import { passThrough } from '@bailiwick/kit/grpc-gateway'
import type { GrpcGateway } from '@bailiwick/kit/grpc-gateway'
import { passThroughHttp } from '@bailiwick/kit/http-gateway'
import type { HttpGateway } from '@bailiwick/kit/http-gateway'
import { testGatewaySecret } from '@bailiwick/kit/test-config'
import { CheckRequestSchema, McpRequestSchema, extMcpService } from '@bailiwick/wire'
import { askUnary } from './ask-unary.ts'
import { messageOf, withToken } from './door.ts'
import type { ClientRequest, Door, Verdict } from './door.ts'
import { sendRaw } from './send-raw.ts'
import type { Running } from './running.ts'

export function askCheck(name: string, dialect: GrpcGateway, as: 'headers' | 'header_map' = 'headers'): Door['ask'] {
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
export function askForwardAuth(kind: HttpGateway): Door['ask'] {
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

export async function askExtMcp(running: Running, request: ClientRequest): Promise<Verdict> {
  const { resource, body } = request
  const { method, params } = messageOf(body)
  const headers = withToken({ ...request, headers: [['mcp-protocol-version', '2025-06-18']] })
  const check = create(McpRequestSchema, {
    serviceNames: [resource],
    method,
    headers: headers.map(([key, value]) => ({ key, value: Buffer.from(value, 'latin1') })),
    ...(params === undefined ? {} : { mcpRequest: Buffer.from(JSON.stringify(params)) }),
  })
  const { result } = await askUnary(running.address, extMcpService.checkRequest, check, testGatewaySecret('agents'))
  if (result.case !== 'error') return { effect: result.case === 'pass' ? 'allow' : 'deny' }
  const said: { reason?: string } = JSON.parse(Buffer.from(result.value.mcpError ?? []).toString() || '{}')
  return { effect: 'deny', reason: said.reason }
}

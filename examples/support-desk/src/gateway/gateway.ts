// A small gateway in front of the support desk: it routes by path, asks Bailiwick over real ext_authz (gRPC, body included, as bytes) before
// anything is forwarded, and fails closed. What Envoy and agentgateway do, in a file one can read; it decides nothing itself.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { request as httpRequest } from 'node:http'
import { serve } from '../listening.ts'
import type { Running } from '../listening.ts'
import { UPSTREAM_KEY_HEADER } from '../mcp/admission.ts'
import { createAuthorizer } from './authorizer.ts'
import type { Front, GatewayKind } from './front.ts'

const MAX_BODY_BYTES = 1024 * 1024
/** RFC 9110 section 7.6.1: between two neighbours only. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
  'host',
])

export const exampleGateway: GatewayKind = { name: 'the gateway of the example', dialect: 'envoy', start: startGateway }

async function startGateway(front: Front): Promise<Running> {
  const authorizer = createAuthorizer({ address: front.bailiwick, gatewayKey: front.gatewayKey })
  const running = await serve(front.port, (request, response) => {
    void pass(request, response).catch(() => {
      if (response.headersSent) response.destroy()
      else refuse(response, 403, 'The gateway could not get a decision.')
    })
  })

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/'
    const segment = /^\/([a-z][a-z0-9-]*)\//.exec(path)?.[1]
    const route = front.routes.find((candidate) => candidate.segment === segment)
    if (route === undefined) return refuse(response, 404, 'The gateway has no such route.')
    const body = await readWhole(request)
    if (body === undefined) return refuse(response, 413, 'The request body is too large for this gateway.')
    const headers = headersOf(request)
    const verdict = await authorizer.check({
      method: request.method ?? 'GET',
      path,
      headers,
      body,
      resource: route.resource,
      peer: request.socket.remoteAddress ?? '',
    })
    if (verdict.effect === 'deny') {
      response.writeHead(verdict.status, Object.fromEntries(verdict.headers)).end(verdict.body)
      return
    }
    for (const [name, value] of verdict.set) headers.set(name, value)
    for (const name of verdict.remove) headers.delete(name)
    headers.set(UPSTREAM_KEY_HEADER, front.upstreamKey)
    forward(new URL(path.slice(route.segment.length + 1), route.upstream), request.method ?? 'GET', headers, body, response)
  }

  return {
    url: running.url,
    close: async () => {
      authorizer.close()
      await running.close()
    },
  }
}

function headersOf(request: IncomingMessage): Map<string, string> {
  const headers = new Map<string, string>()
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) {
    const name = (request.rawHeaders[i] ?? '').toLowerCase()
    const value = request.rawHeaders[i + 1] ?? ''
    const earlier = headers.get(name)
    // Repeats are joined, as Envoy does: nothing a client sent is silently dropped before it is judged.
    if (!HOP_BY_HOP.has(name)) headers.set(name, earlier === undefined ? value : `${earlier},${value}`)
  }
  return headers
}

async function readWhole(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function forward(target: URL, method: string, headers: ReadonlyMap<string, string>, body: Buffer, response: ServerResponse): void {
  const upstream = httpRequest(
    target,
    { method, headers: { ...Object.fromEntries(headers), ...(body.length > 0 ? { 'content-length': body.length } : {}) } },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    },
  )
  upstream.on('error', () => (response.headersSent ? response.destroy() : refuse(response, 502, 'The server behind the gateway does not answer.')))
  response.on('close', () => upstream.destroy())
  upstream.end(body)
}

function refuse(response: ServerResponse, status: number, detail: string): void {
  response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify({ status, detail }))
}

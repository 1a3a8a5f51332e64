// Writes JSON answers. Every answer about tokens is `no-store` (RFC 6749 section 5.1); only the published metadata may be cached.
import type { ServerResponse } from 'node:http'

export interface Reply {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export function reply(response: ServerResponse, { status, body, headers = {} }: Reply): void {
  const text = body === undefined ? '' : JSON.stringify(body)
  response.writeHead(status, {
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    'content-length': String(Buffer.byteLength(text)),
    ...(headers['cache-control'] === undefined ? { 'cache-control': 'no-store', pragma: 'no-cache' } : {}),
    'x-content-type-options': 'nosniff',
    ...headers,
  })
  response.end(text)
}

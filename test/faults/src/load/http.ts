// Plain HTTP to a node, over kept connections. What did not answer is `undefined`: nobody knows. A refused connection is told apart: nothing was sent.
import { Agent, request } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import type { Address } from '../network/network.ts'

export interface HttpAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export type HttpOutcome = HttpAnswer | 'refused' | undefined

export interface HttpRequest {
  readonly to: Address
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export interface HttpClient {
  send(asked: HttpRequest): Promise<HttpOutcome>
  close(): void
}

const MAX_SOCKETS = 128

/** `host`: what every node is called. */
export function createHttpClient(host: string, timeoutMs: number): HttpClient {
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS, scheduling: 'lifo' })
  return {
    send: ({ to, method, path, headers, body = '' }) =>
      new Promise((resolve) => {
        const sent = request(
          {
            agent,
            hostname: to.host,
            port: to.port,
            method,
            path,
            headers: { ...headers, host, 'content-length': String(Buffer.byteLength(body)) },
            timeout: timeoutMs,
          },
          (response) => {
            const chunks: Buffer[] = []
            response.on('data', (chunk: Buffer) => chunks.push(chunk))
            response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString('utf8') }))
            response.on('error', () => resolve(undefined))
          },
        )
        sent.on('timeout', () => sent.destroy())
        sent.on('error', (error) => resolve('code' in error && error.code === 'ECONNREFUSED' ? 'refused' : undefined))
        sent.on('close', () => resolve(undefined))
        sent.end(body)
      }),
    close: () => agent.destroy(),
  }
}

/** The member of a JSON answer; undefined for anything else. */
export function memberOf(text: string, ...path: readonly (string | number)[]): unknown {
  try {
    let at: unknown = JSON.parse(text)
    for (const name of path) at = typeof at === 'object' && at !== null ? Reflect.get(at, name) : undefined
    return at
  } catch {
    return undefined
  }
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

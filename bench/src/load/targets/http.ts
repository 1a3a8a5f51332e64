// Requests over HTTP/1.1 with kept connections, one per request under way. What a good answer is, the row says; anything else is a failure.
import { Agent, request } from 'node:http'
import type { Target } from '../target.ts'

export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

export interface HttpTargetOptions {
  readonly url: string
  readonly request: (n: number) => HttpRequest | undefined
  /** Undefined when the answer is good, else what is wrong with it in a few words. */
  readonly judge: (status: number, body: string) => string | undefined
}

const MAX_SOCKETS = 128
const TIMEOUT_MS = 5_000

export function httpTarget(options: HttpTargetOptions): Target {
  const { hostname, port } = new URL(options.url)
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS, scheduling: 'lifo' })
  return {
    operation: (n, done) => {
      const asked = options.request(n)
      if (asked === undefined) return done('nothing left to send')
      const { method, path, headers, body } = asked
      const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
      const sent = request({ agent, hostname, port, method, path, headers: { ...headers, ...length }, timeout: TIMEOUT_MS }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => done(options.judge(response.statusCode ?? 0, Buffer.concat(chunks).toString('utf8'))))
        response.on('error', () => done('cut off'))
      })
      sent.on('timeout', () => sent.destroy())
      sent.on('error', (error) => done(`http ${error.message}`.slice(0, 64)))
      sent.end(body)
    },
    close: async () => agent.destroy(),
  }
}

/** A refusal's own words without anything secret: our answers hold none, and nothing else answers here. */
export function said(status: number, body: string): string {
  const reason = /"reason":"([a-z_]+)"/.exec(body)?.[1] ?? /"error":"([a-z_]+)"/.exec(body)?.[1] ?? ''
  return `http ${status} ${reason}`.trim()
}

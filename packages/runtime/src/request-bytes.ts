// One bounded request to another process of ours: one deadline over everything, no redirects, a cap on what comes back, TLS as it was told. Never retries.
import { request as httpRequest } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'

export interface PeerTls {
  /** PEM. Without it the system's authorities count. */
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

export interface BytesRequest {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface BytesAnswer {
  readonly status: number
  readonly bytes: Uint8Array
}

export interface Requester {
  /** Rejects when there is no whole answer in time. Any status is an answer. */
  send(request: BytesRequest): Promise<BytesAnswer>
  close(): void
}

export interface RequesterOptions {
  readonly tls: PeerTls
  readonly timeoutMs: number
  readonly maxBytes: number
}

export function createRequester({ tls, timeoutMs, maxBytes }: RequesterOptions): Requester {
  // One connection: its reports come one after the other.
  const agent = new Agent({ ...tls, keepAlive: true, maxSockets: 1, minVersion: 'TLSv1.2' })
  return {
    send: ({ url, method, headers = {}, body }) =>
      new Promise((resolve, reject) => {
        const { protocol } = new URL(url)
        const signal = AbortSignal.timeout(timeoutMs)
        const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
        const options = { method, headers: { ...headers, ...length }, signal }
        const sent = protocol === 'https:' ? httpsRequest(url, { ...options, agent }) : httpRequest(url, options)
        sent.on('error', reject)
        sent.on('response', (response) => {
          const chunks: Buffer[] = []
          let size = 0
          response.on('data', (chunk: Buffer) => {
            size += chunk.length
            if (size > maxBytes) response.destroy(new Error('the answer is too large'))
            else chunks.push(chunk)
          })
          response.on('error', reject)
          response.on('end', () => resolve({ status: response.statusCode ?? 0, bytes: Buffer.concat(chunks) }))
        })
        sent.end(body)
      }),
    close: () => agent.destroy(),
  }
}

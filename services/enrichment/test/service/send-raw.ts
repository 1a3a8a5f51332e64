// One HTTP request with exactly the headers given, repeats and all: fetch would mend what a hostile client sends.
import { request } from 'node:http'

export interface RawReply {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

export interface RawRequest {
  readonly method: string
  readonly path: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body?: string | Buffer
}

/** `address`: `127.0.0.1:8420`. */
export function sendRaw(address: string, { method, path, headers, body }: RawRequest): Promise<RawReply> {
  const [hostname, port] = address.split(':')
  const host: [string, string][] = headers.some(([name]) => name === 'host') ? [] : [['host', address]]
  const isChunked = headers.some(([name]) => name === 'transfer-encoding')
  const length: [string, string][] = body === undefined || isChunked ? [] : [['content-length', String(Buffer.byteLength(body))]]
  return new Promise((resolve, reject) => {
    const sent = request({ host: hostname, port, method, path, agent: false, headers: [...host, ...length, ...headers].flat() }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const pairs: [string, string][] = []
        for (let at = 0; at + 1 < response.rawHeaders.length; at += 2)
          pairs.push([(response.rawHeaders[at] ?? '').toLowerCase(), response.rawHeaders[at + 1] ?? ''])
        resolve({ status: response.statusCode ?? 0, headers: pairs, body: Buffer.concat(chunks).toString('utf8') })
      })
      response.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

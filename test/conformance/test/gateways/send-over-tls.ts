// One HTTPS request from a client with a certificate, or without one, on a connection of its own. What breaks the handshake is an answer, not an error.
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import type { CertificateFiles } from '@bailiwick/kit/test-authority'

export interface TlsCall {
  readonly port: number
  /** Who signed the server's certificate. */
  readonly ca: string
  readonly shown?: CertificateFiles
  readonly path: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

export type TlsAnswer = { readonly status: number; readonly body: string } | 'refused by TLS'

export function sendOverTls({ port, ca, shown, path, headers, body }: TlsCall): Promise<TlsAnswer> {
  const own = shown === undefined ? {} : { cert: readFileSync(shown.cert), key: readFileSync(shown.key) }
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method: 'POST',
        // By name: Caddy compares it with the one that was asked for in the handshake.
        servername: 'localhost',
        headers: ['host', `localhost:${port}`, 'content-length', String(Buffer.byteLength(body)), ...headers.flat()],
        ca: readFileSync(ca),
        agent: false,
        ...own,
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
      },
    )
    sent.on('error', (error: NodeJS.ErrnoException) => {
      // With TLS 1.3 the server's refusal of a certificate comes when the client already believes itself connected.
      if (/^(?:ERR_SSL_|ECONNRESET|EPIPE)/.test(error.code ?? '')) resolve('refused by TLS')
      else reject(error)
    })
    sent.end(body)
  })
}

// One form over TLS, on a connection of its own, with a client's certificate or without.
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import type { CertificateFiles } from '@bailiwick/kit/test-authority'
import type { Answer, Fields } from './bench.ts'

export interface TlsPlace {
  readonly port: number
  /** Who signed the server's certificate. */
  readonly ca: string
  readonly shown?: CertificateFiles | undefined
}

export function postForm({ port, ca, shown }: TlsPlace, path: string, fields: Fields, more: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const body = new URLSearchParams()
  for (const [name, value] of Object.entries(fields))
    for (const each of value === undefined ? [] : typeof value === 'string' ? [value] : value) body.append(name, each)
  const own = shown === undefined ? {} : { cert: readFileSync(shown.cert), key: readFileSync(shown.key) }
  const headers = { 'content-type': 'application/x-www-form-urlencoded', ...more }
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method: 'POST', ca: readFileSync(ca), agent: false, headers, ...own }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () => {
        const answered: Record<string, unknown> = text === '' ? {} : JSON.parse(text)
        const told = new Headers(Object.entries(response.headers).map(([name, value]) => [name, String(value)]))
        resolve({ status: response.statusCode ?? 0, headers: told, body: answered })
      })
    })
    sent.on('error', reject)
    sent.end(body.toString())
  })
}

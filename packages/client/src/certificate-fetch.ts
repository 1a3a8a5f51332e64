// fetch that shows a certificate (RFC 8705): node:https under the shape of fetch, because the global one has no place for a client's certificate. Follows no
// redirect, keeps connections while the certificate stays the same, resumes no session of another. Https only: in clear nothing is shown.
import { Agent, request as send } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type { Clock } from '@bailiwick/core'
import { readyCertificate } from './certificate-source.ts'
import type { CertificateSource, ReadyCertificate } from './certificate-source.ts'
import type { Fetch } from './endpoint.ts'
import { BailiwickMisconfigured, BailiwickUnavailable } from './errors.ts'

export interface CertificateFetchOptions {
  readonly source: CertificateSource
  /** PEM of the authorities servers are checked against, in place of those Node knows. */
  readonly ca?: string | undefined
  readonly clock: Clock
}

export interface CertificateFetch {
  readonly fetch: Fetch
  /** The thumbprint of the certificate that is shown from now on. Throws when there is none, or none that has not expired. */
  thumbprint(): Promise<string>
}

interface Shown {
  readonly certificate: ReadyCertificate
  readonly agent: Agent
}

/** OpenSSL's names of the alerts of RFC 8446 section 6.2 that are about a certificate. */
const CERTIFICATE_ALERT = /^ERR_SSL_\w*ALERT_\w*(?:CERTIFICATE|UNKNOWN_CA)/
/** A server closes what is idle: one that we close first is not written to in that moment. */
const IDLE_MS = 4_000
const BODYLESS: ReadonlySet<number> = new Set([204, 205, 304])

export function certificateFetch({ source, ca, clock }: CertificateFetchOptions): CertificateFetch {
  let shown: Shown | undefined
  const load = async (): Promise<Shown> => {
    const certificate = await readyCertificate(source)
    if (certificate.validUntilMs <= clock.nowMs())
      throw new BailiwickUnavailable('certificate_expired', 'the certificate has expired, and there is no other yet')
    if (shown?.certificate.cert === certificate.cert && shown.certificate.key === certificate.key) return shown
    if (shown !== undefined) retire(shown.agent)
    const { cert, key } = certificate
    const agent = new Agent({ keepAlive: true, timeout: IDLE_MS, maxCachedSessions: 0, minVersion: 'TLSv1.2', cert, key, ...(ca === undefined ? {} : { ca }) })
    shown = { certificate, agent }
    return shown
  }
  return {
    thumbprint: async () => (await load()).certificate.thumbprint,
    fetch: async (url, init) => {
      if (!url.startsWith('https:')) throw new BailiwickMisconfigured('certificate', 'a certificate is shown over https only')
      const { agent } = await load()
      return await sendWith(agent, url, init)
    },
  }
}

/** Calls under way finish; no other is made on its connections. */
function retire(agent: Agent): void {
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy()
  agent.maxFreeSockets = 0
}

async function sendWith(agent: Agent, url: string, init: RequestInit): Promise<Response> {
  const isStream = init.body instanceof ReadableStream
  // Spells headers and bodies as fetch does.
  const { method, headers, body } = new Request(url, { ...init, ...(isStream ? { duplex: 'half' } : {}) })
  const bytes = isStream || body === null ? undefined : Buffer.from(await new Response(body).arrayBuffer())
  const { signal } = init
  return await new Promise<Response>((resolve, reject) => {
    const outgoing = send(url, {
      method,
      agent,
      // Nothing here unpacks.
      headers: { ...Object.fromEntries(headers), 'accept-encoding': 'identity', ...(bytes === undefined ? {} : { 'content-length': bytes.length }) },
      ...(signal === undefined || signal === null ? {} : { signal }),
    })
    outgoing.on('response', (incoming) => resolve(toResponse(incoming, method)))
    outgoing.on('error', (error) => reject(refusalOf(error)))
    if (isStream && body !== null) Readable.fromWeb(body).on('error', reject).pipe(outgoing)
    else outgoing.end(bytes)
  })
}

function toResponse(incoming: IncomingMessage, method: string): Response {
  const headers = new Headers()
  const { rawHeaders, statusCode: status = 502, statusMessage: statusText = '' } = incoming
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '')
  if (method !== 'HEAD' && !BODYLESS.has(status)) return new Response(Readable.toWeb(incoming), { status, statusText, headers })
  incoming.resume()
  return new Response(null, { status, statusText, headers })
}

/** The other side's word about our certificate. With TLS 1.3 it comes when the connection already seemed to be there. */
function refusalOf(error: Error): Error {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return CERTIFICATE_ALERT.test(code) ? new BailiwickUnavailable('certificate_refused', `the certificate was refused in the handshake (${code})`) : error
}

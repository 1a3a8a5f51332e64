// Whether a server takes up a client's TLS session again: the certificate of the first connection then stands for the second, and nobody verifies it anew.
import { readFileSync } from 'node:fs'
import { connect } from 'node:tls'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import type { CertificateFiles } from '@bailiwick/kit/test-authority'

export interface SessionTry {
  readonly port: number
  readonly ca: string
  readonly shown: CertificateFiles
  readonly version: 'TLSv1.2' | 'TLSv1.3'
}

export async function resumesSession({ port, ca, shown, version }: SessionTry): Promise<boolean> {
  const options: ConnectionOptions = {
    host: '127.0.0.1',
    port,
    servername: 'localhost',
    ca: readFileSync(ca),
    cert: readFileSync(shown.cert),
    key: readFileSync(shown.key),
    minVersion: version,
    maxVersion: version,
  }
  let session: Buffer | undefined
  const first = connect(options)
  // With TLS 1.3 it comes behind the handshake: the last one, once an answer has come.
  first.on('session', (given: Buffer) => (session = given))
  try {
    await answered(first)
  } catch (error) {
    // nginx before 1.23.4 speaks no TLS 1.3 unless told.
    if (error instanceof Error && error.message.includes('alert protocol version')) return false
    throw error
  }
  session ??= first.getSession()
  first.destroy()
  if (session === undefined) return false
  const second = connect({ ...options, session })
  await answered(second)
  const isReused = second.isSessionReused()
  second.destroy()
  return isReused
}

function answered(socket: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once('data', () => resolve())
    socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
  })
}

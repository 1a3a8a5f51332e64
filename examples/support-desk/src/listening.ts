// An HTTP server of the example, with a way to end it: plain on loopback in one process, wherever it is told to in a container.
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Server } from 'node:net'

/** Where to listen, and under which name others know it. */
export interface Listening {
  readonly port: number
  /** Absent: loopback. */
  readonly host?: string
  /** The host others call it by; absent: 127.0.0.1. */
  readonly name?: string
  /** PEM. Absent: plaintext. */
  readonly tls?: { readonly cert: string; readonly key: string }
}

export interface Running {
  readonly url: string
  close(): Promise<void>
}

export function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('not listening on a TCP port')
  return address.port
}

/** A number is a port of loopback. */
export async function serve(at: number | Listening, handler: RequestListener): Promise<Running> {
  const { port, host = '127.0.0.1', name = '127.0.0.1', tls }: Listening = typeof at === 'number' ? { port: at } : at
  const server = tls === undefined ? createServer(handler) : createTlsServer(tls, handler)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${name}:${portOf(server)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

// An HTTP server of the example on loopback, with a way to end it.
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { Server } from 'node:net'

export interface Running {
  readonly url: string
  close(): Promise<void>
}

export function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('not listening on a TCP port')
  return address.port
}

export async function serve(port: number, handler: RequestListener): Promise<Running> {
  const server = createServer(handler)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const actual = portOf(server)
  return {
    url: `http://127.0.0.1:${actual}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

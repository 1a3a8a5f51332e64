// A listener on a unix socket that only this user can open (0600): being connected is the proof. HTTP/1.1 and gRPC, told apart by their first bytes.
// No Host is checked: nothing that resolves names reaches a file.
import { existsSync, lstatSync, unlinkSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'
import { ServerCredentials } from '@grpc/grpc-js'
import type { Server as GrpcServer } from '@grpc/grpc-js'
import { closeAll, httpServer, route } from './connections.ts'

export interface SocketOptions {
  readonly path: string
  readonly http: RequestListener
  readonly grpc?: GrpcServer
}

export interface ListeningSocket {
  readonly path: string
  /** As of a listener on a port. The file goes with it. */
  close(graceMs: number): Promise<void>
}

/** Bits nobody but the owner gets. */
const OWNER_ONLY = 0o177

/** A socket whose process is gone is replaced; one that still answers, and anything that is no socket, rejects. */
export async function listenOnSocket({ path, http: handler, grpc: server }: SocketOptions): Promise<ListeningSocket> {
  await removeStale(path)
  const sockets = new Set<Socket>()
  const http = httpServer(handler)
  const grpc = server?.createConnectionInjector(ServerCredentials.createInsecure())
  const net = createServer({ pauseOnConnect: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    route(socket, http, grpc === undefined ? undefined : (connection) => grpc.injectConnection(connection))
  })
  await new Promise<void>((resolve, reject) => {
    net.once('error', reject)
    // The file is made within this call: there is no moment in which others could open it.
    const before = process.umask(OWNER_ONLY)
    try {
      net.listen(path, () => {
        net.off('error', reject)
        resolve()
      })
    } finally {
      process.umask(before)
    }
  })
  return { path, close: (graceMs) => closeAll(net, http, grpc, sockets, graceMs) }
}

async function removeStale(path: string): Promise<void> {
  if (!existsSync(path)) return
  if (!lstatSync(path).isSocket()) throw new Error(`${path} is there and is no socket`)
  const isServed = await new Promise<boolean>((resolve) => {
    const asked = connect(path)
    asked.once('connect', () => {
      asked.destroy()
      resolve(true)
    })
    asked.once('error', () => resolve(false))
  })
  if (isServed) throw new Error(`another process listens on ${path}`)
  unlinkSync(path)
}

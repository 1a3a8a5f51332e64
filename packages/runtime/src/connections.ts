// What every listener does with the connections it accepts: bounds slow peers, tells HTTP/1.1 and gRPC apart by their first bytes, and ends them
// all at the end. Authenticates nobody.
import { createServer } from 'node:http'
import type { RequestListener, Server as HttpServer } from 'node:http'
import type { Server as NetServer, Socket } from 'node:net'

/** A connection that says nothing for this long is closed. */
export const FIRST_BYTES_TIMEOUT_MS = 5_000
const HEADERS_TIMEOUT_MS = 5_000
const REQUEST_TIMEOUT_MS = 10_000
/** Node checks those two only this often. */
const CONNECTIONS_CHECK_MS = 1_000
const HTTP2_PREFACE = Buffer.from('PRI')

/** A server for connections that something else accepts. */
export function httpServer(listener: RequestListener): HttpServer {
  const http = createServer(
    { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS, connectionsCheckingInterval: CONNECTIONS_CHECK_MS, requireHostHeader: true },
    listener,
  )
  // Node watches its timeouts and idle connections only from this event on, and this server never listens itself.
  http.emit('listening')
  return http
}

/** Nothing is lost of what is read to find out. */
export function route(socket: Socket, http: HttpServer, toGrpc: ((socket: Socket) => void) | undefined): void {
  let seen = Buffer.alloc(0)
  const timer = setTimeout(() => socket.destroy(), FIRST_BYTES_TIMEOUT_MS)
  const onReadable = (): void => {
    for (let chunk: unknown = socket.read(); chunk !== null; chunk = socket.read()) if (Buffer.isBuffer(chunk)) seen = Buffer.concat([seen, chunk])
    if (seen.length < HTTP2_PREFACE.length) return
    clearTimeout(timer)
    socket.off('readable', onReadable)
    socket.unshift(seen)
    if (!seen.subarray(0, HTTP2_PREFACE.length).equals(HTTP2_PREFACE)) http.emit('connection', socket)
    else if (toGrpc === undefined) socket.destroy()
    else toGrpc(socket)
  }
  socket.on('close', () => clearTimeout(timer))
  socket.on('readable', onReadable)
  socket.resume()
  socket.pause()
}

/** Stops accepting, lets what is under way finish, and cuts what is left after `graceMs`. */
export async function closeAll(
  net: NetServer,
  http: HttpServer,
  grpc: { drain(graceMs: number): void; destroy(): void } | undefined,
  sockets: Set<Socket>,
  graceMs: number,
): Promise<void> {
  const closed = new Promise<void>((resolve) => net.close(() => resolve()))
  http.closeIdleConnections()
  grpc?.drain(graceMs)
  const cut = setTimeout(() => {
    grpc?.destroy()
    for (const socket of sockets) socket.destroy()
  }, graceMs)
  // Keep-alive connections become idle one by one as their last answer leaves.
  const sweep = setInterval(() => http.closeIdleConnections(), 50)
  await closed
  clearTimeout(cut)
  clearInterval(sweep)
  http.close()
  grpc?.destroy()
}

// One listener for HTTP/1.1 and gRPC on the same port. In clear the first bytes of a connection tell which it is (the HTTP/2 preface begins `PRI`);
// under TLS the peers agree on it (ALPN) and nothing is guessed: HTTP/2 is gRPC, and whoever offers HTTP/1.1 too gets that. It bounds slow peers, and in clear checks the Host header; it authenticates nobody.
import type { IncomingMessage, RequestListener, Server as HttpServer, ServerResponse } from 'node:http'
import { createServer } from 'node:net'
import type { Server as NetServer, Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { Server as TlsServer, TLSSocket } from 'node:tls'
import { ServerCredentials } from '@grpc/grpc-js'
import type { Server as GrpcServer } from '@grpc/grpc-js'
import { isAllowedHost } from './allowed-host.ts'
import { closeAll, FIRST_BYTES_TIMEOUT_MS, httpServer, route } from './connections.ts'
import type { ServerTls } from './server-tls.ts'

export interface ListenOptions {
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  readonly http: RequestListener
  readonly grpc?: GrpcServer
  /** Without it everything is in clear. */
  readonly tls?: ServerTls
  /** In clear: Host header values served besides the address itself: `bailiwick.internal:8420`, without a port for any port. */
  readonly hosts?: readonly string[]
  /** In clear: requests served under every name. Only those that show a secret and are judged by it alone: nothing else about how they came here counts. */
  readonly anyHost?: (request: IncomingMessage) => boolean
}

export interface Listening {
  readonly host: string
  readonly port: number
  /** Stops accepting, lets what is under way finish, and cuts what is left after `graceMs`. */
  close(graceMs: number): Promise<void>
}

/** How often renewed certificates are looked for. */
const REFRESH_TLS_MS = 10_000
/** Node fires a longer one at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export async function listen(options: ListenOptions): Promise<Listening> {
  const sockets = new Set<Socket>()
  let port = 0
  const http = httpServer((request, response) => {
    // Under TLS the name was settled with the certificate.
    const isServed = options.tls !== undefined || isAllowedHost(request.headers.host, options.host, port, options.hosts ?? [])
    if (isServed || options.anyHost?.(request) === true) options.http(request, response)
    else refuseHost(request, response)
  })
  const grpc = options.grpc?.createConnectionInjector(ServerCredentials.createInsecure())
  const toGrpc = grpc === undefined ? undefined : (connection: Socket): void => grpc.injectConnection(connection)
  const watch = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    // Before anything is read: a peer that resets while we look must not end the process.
    socket.on('error', () => socket.destroy())
  }
  const net =
    options.tls === undefined
      ? createServer({ noDelay: true, pauseOnConnect: true }, (socket) => {
          watch(socket)
          route(socket, http, toGrpc)
        })
      : listenTls(options.tls, watch, http, toGrpc)
  await new Promise<void>((resolve, reject) => {
    net.once('error', reject)
    net.listen(options.port, options.host, () => {
      net.off('error', reject)
      resolve()
    })
  })
  port = portOf(net)
  return { host: options.host, port, close: (graceMs) => closeAll(net, http, grpc, sockets, graceMs) }
}

function listenTls(tls: ServerTls, watch: (socket: Socket) => void, http: HttpServer, toGrpc: ((socket: Socket) => void) | undefined): TlsServer {
  const proved = new Set<TLSSocket>()
  const server = createTlsServer({
    ...tls.options,
    handshakeTimeout: FIRST_BYTES_TIMEOUT_MS,
    noDelay: true,
    // HTTP clients offer both and take either; gRPC clients offer HTTP/2 alone, and here HTTP/2 is gRPC.
    ALPNCallback: ({ protocols }) => (protocols.includes('http/1.1') ? 'http/1.1' : toGrpc !== undefined && protocols.includes('h2') ? 'h2' : undefined),
  })
  server.on('connection', watch)
  // A peer that failed its handshake is its own trouble; its socket is destroyed by then.
  server.on('tlsClientError', () => {})
  server.on('secureConnection', (socket) => {
    watch(socket)
    endWithCertificate(socket, proved)
    if (socket.alpnProtocol === 'h2' && toGrpc !== undefined) toGrpc(socket)
    else http.emit('connection', socket)
  })
  const refresh = (): void =>
    tls.refresh((options, otherAuthorities) => {
      server.setSecureContext(options)
      // What an authority proved that may count no more is proved again, or not.
      if (otherAuthorities) for (const socket of proved) socket.destroy()
    })
  const refreshing = setInterval(refresh, REFRESH_TLS_MS)
  refreshing.unref()
  server.on('close', () => clearInterval(refreshing))
  return server
}

/** A connection lives no longer than the certificate that says who is at its other end: gateways keep theirs for days, and an SVID is good for an hour. */
function endWithCertificate(socket: TLSSocket, proved: Set<TLSSocket>): void {
  if (!socket.authorized) return
  const leftMs = Date.parse(socket.getPeerCertificate().valid_to) - Date.now()
  // What cannot be read is over.
  const timer = setTimeout(() => socket.destroy(), Math.min(Math.max(leftMs || 0, 0), LONGEST_TIMER_MS))
  timer.unref()
  proved.add(socket)
  socket.on('close', () => {
    clearTimeout(timer)
    proved.delete(socket)
  })
}

function portOf(server: NetServer): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('not listening on a TCP port')
  return address.port
}

function refuseHost(request: IncomingMessage, response: ServerResponse): void {
  // DNS rebinding: a page that resolves its own name to this address must not reach us through a browser.
  request.resume()
  response.writeHead(421, { 'content-type': 'application/problem+json', 'cache-control': 'no-store', connection: 'close' })
  response.end(JSON.stringify({ type: 'about:blank', title: 'Misdirected Request', status: 421, detail: 'This host name is not served here.' }))
}

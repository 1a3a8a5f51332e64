// A gRPC server for connections that carry many callers at once: a gateway asks for all its clients over a few of them.
// It bounds what one connection may hold open; it authenticates nobody.
import { Server } from '@grpc/grpc-js'
import type { ChannelOptions, ServerOptions } from '@grpc/grpc-js'
import { forgetCall } from './forget-call.ts'
import { STREAM_WINDOW_BYTES, wideWindows } from './wide-window.ts'

/**
 * How many streams one connection may end early: at once, and then each second. Node's own (1,000 and 33, against CVE-2023-44487) end the
 * whole connection, with every decision under way on it. A gateway ends a stream whenever one of its own clients goes away, so with
 * Node's numbers a client that connects and leaves a thousand times has the calls of all others denied. An early end costs us no more
 * than the request did, and requests are not rationed either.
 */
const STREAM_RESETS = { streamResetBurst: 20_000, streamResetRate: 5_000 } as const

/** As Envoy's own default bound for one cluster (`max_requests`): what is above waits in the gateway, whose patience ends first. */
const MAX_CONCURRENT_STREAMS = 1_024

const OPTIONS: ChannelOptions = {
  'grpc.max_concurrent_streams': MAX_CONCURRENT_STREAMS,
  // Counts of every call and connection that nobody asks for.
  'grpc.enable_channelz': 0,
}

function optionsOf(options: ServerOptions): ChannelOptions {
  return { ...OPTIONS, interceptors: [wideWindows(), forgetCall], ...options }
}

export function createGrpcServer(options: ServerOptions): Server {
  const server = new Server(optionsOf(options))
  // grpc-js has no option for it (grpc/grpc-node#2872) and hands this object to `http2.createServer`.
  const http2Options: unknown = Reflect.get(server, 'commonServerOptions')
  if (typeof http2Options !== 'object' || http2Options === null) throw new TypeError('this version of @grpc/grpc-js keeps its HTTP/2 options elsewhere')
  const settings: unknown = Reflect.get(http2Options, 'settings')
  Object.assign(http2Options, STREAM_RESETS, { settings: { ...(typeof settings === 'object' ? settings : {}), initialWindowSize: STREAM_WINDOW_BYTES } })
  return server
}

// How much of a request a peer may send before it waits to hear from us. HTTP/2's own 64 kB has a body of 256 kB wait four times for the way there and back, and every
// other call on its connection with it. What may be sent is read at once, and bounded by the largest message; this holds back nobody.
import type { Http2Session, Http2Stream } from 'node:http2'
import type { ServerInterceptingCallInterface } from '@grpc/grpc-js'

/** Of one call. */
export const STREAM_WINDOW_BYTES = 1024 * 1024
/** Of one connection, which carries the calls of all clients of a gateway. */
const CONNECTION_WINDOW_BYTES = 8 * STREAM_WINDOW_BYTES

/** An interceptor of calls that looks at their connections: there is no other way to them. From a connection's first call on. */
export function wideWindows(): (method: unknown, call: ServerInterceptingCallInterface) => ServerInterceptingCallInterface {
  const widened = new WeakSet<Http2Session>()
  return (_method, call) => {
    const stream: unknown = Reflect.get(call, 'stream')
    const session = isStream(stream) ? stream.session : undefined
    if (session !== undefined && !widened.has(session)) {
      widened.add(session)
      session.setLocalWindowSize(CONNECTION_WINDOW_BYTES)
    }
    return call
  }
}

function isStream(value: unknown): value is Http2Stream {
  return typeof value === 'object' && value !== null && 'session' in value
}

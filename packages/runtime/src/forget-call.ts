// A finished call lets go of its message. Node's wrapper of an HTTP/2 stream survives every small collection of garbage, and the library's call hangs on it with all
// it read: bodies of 256 kB then force a full collection every thirty calls, which stops every decision for 25 ms. Changes no call.
import { EventEmitter } from 'node:events'
import type { ServerInterceptingCallInterface } from '@grpc/grpc-js'

/** A server interceptor that leaves the call as it is: a wrapper of it would cost every call. */
export function forgetCall(_method: unknown, call: ServerInterceptingCallInterface): ServerInterceptingCallInterface {
  // The library's own call, not another interceptor's. In a version that keeps these elsewhere nothing is forgotten early, which a test would tell.
  const stream: unknown = Reflect.get(call, 'stream')
  if (stream instanceof EventEmitter) {
    stream.once('close', () => {
      // The bytes as they came. Of a closed stream it reads none.
      Reflect.set(call, 'decoder', undefined)
      // The decoded message, once the handler was told that the stream is gone.
      process.nextTick(() => Reflect.set(call, 'listener', undefined))
    })
  }
  return call
}

// Lets go of HTTP/2 streams that are closed. Node's native side of a stream keeps pointing at it, and V8 takes an object that was given such a pointer for alive
// in every collection of the young generation. Without this each call's messages, headers and callbacks, the gateway's and those of our own question to the
// engine, 40 kB a decision, are copied to the old generation and stay until that is collected. Never touches a stream that is open.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'

/** https://nodejs.org/api/diagnostics_channel.html: both are told while the stream still has its handle, once its last frame was seen or sent. */
const CHANNELS = ['http2.client.stream.close', 'http2.server.stream.close'] as const

interface Closing {
  readonly destroyed: boolean
  once(event: 'close', listener: () => void): unknown
  on(event: 'error', listener: () => void): unknown
  removeAllListeners(): unknown
}

/** For the whole process, until the returned function is called. More than one at a time changes nothing. */
export function letGoOfClosedStreams(): () => void {
  const onClose = (message: unknown): void => {
    const stream = streamOf(message)
    if (stream === undefined) return
    const handle = ownOf(stream, 'kHandle')
    // `close` is the last event of a stream, and whoever listens for it is called all the same: an emitter calls those it had when it began.
    stream.once('close', () => {
      if (typeof handle === 'object' && handle !== null) forgetOwner(handle)
      stream.removeAllListeners()
      stream.on('error', ignore)
    })
  }
  for (const name of CHANNELS) subscribe(name, onClose)
  return () => {
    for (const name of CHANNELS) unsubscribe(name, onClose)
  }
}

function ignore(): void {}

/** Node's name for it, and the one that a server's handle has besides. */
function forgetOwner(handle: object): void {
  const owner = symbolOf(handle, 'owner_symbol')
  if (owner !== undefined) Reflect.set(handle, owner, undefined)
  if ('owner' in handle) Reflect.set(handle, 'owner', undefined)
}

function streamOf(message: unknown): Closing | undefined {
  const stream: unknown = typeof message === 'object' && message !== null && 'stream' in message ? message.stream : undefined
  return isClosing(stream) ? stream : undefined
}

function isClosing(stream: unknown): stream is Closing {
  if (typeof stream !== 'object' || stream === null || !('destroyed' in stream)) return false
  return ['once', 'on', 'removeAllListeners'].every((name) => typeof Reflect.get(stream, name) === 'function')
}

function ownOf(holder: object, description: string): unknown {
  const symbol = symbolOf(holder, description)
  return symbol === undefined ? undefined : Reflect.get(holder, symbol)
}

function symbolOf(holder: object, description: string): symbol | undefined {
  return Object.getOwnPropertySymbols(holder).find((symbol) => symbol.description === description)
}

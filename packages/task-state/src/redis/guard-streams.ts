// The library listens for one error of a socket. TLS can give a second one (the server's alert after we refused its name), and an error nobody listens for
// ends the process. Here every socket gets a listener that stays; what went wrong is told by the first error and by the calls that fail.
import { Socket } from 'node:net'
import { AbstractConnector } from 'ioredis'
import type { Redis } from 'ioredis'

/** Of the client's own sockets, and of those it opens to Sentinels. Throws a TypeError where the library is not the one this was written for. */
export function guardStreams(client: Redis): void {
  const connector: unknown = Reflect.get(client, 'connector')
  if (!(connector instanceof AbstractConnector)) throw new TypeError('the Redis library has no connector')
  const connect = connector.connect.bind(connector)
  connector.connect = async (emit) => {
    const stream = await connect(emit)
    stream.on('error', ignored)
    return stream
  }
  const toSentinel: unknown = Reflect.get(connector, 'connectToSentinel')
  if (typeof toSentinel !== 'function') return
  Reflect.set(connector, 'connectToSentinel', (...args: readonly unknown[]): unknown => {
    const made: unknown = Reflect.apply(toSentinel, connector, args)
    // It has begun to connect already; its socket is there with the next turn, before anything can have come over it.
    setImmediate(guardPresent, made)
    return made
  })
}

function guardPresent(client: unknown): void {
  const stream: unknown = typeof client === 'object' && client !== null ? Reflect.get(client, 'stream') : undefined
  if (stream instanceof Socket) stream.on('error', ignored)
}

function ignored(): void {}

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { connect, createServer } from 'node:http2'
import type { ClientHttp2Session, ServerHttp2Stream } from 'node:http2'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { letGoOfClosedStreams } from '../src/closed-streams.ts'

const ending: (() => void)[] = []
/** Each stream that closed, with the native handle it had. */
let closed: { readonly stream: object; readonly handle: object }[] = []

const remember = (message: unknown): void => {
  if (typeof message !== 'object' || message === null || !('stream' in message)) return
  const { stream } = message
  if (typeof stream !== 'object' || stream === null) return
  const handle: unknown = Reflect.get(stream, Object.getOwnPropertySymbols(stream).find(({ description }) => description === 'kHandle') ?? '')
  if (typeof handle === 'object' && handle !== null) closed.push({ stream, handle })
}

beforeEach(() => {
  closed = []
  for (const side of ['client', 'server']) subscribe(`http2.${side}.stream.close`, remember)
})

afterEach(() => {
  for (const end of ending.splice(0)) end()
  for (const side of ['client', 'server']) unsubscribe(`http2.${side}.stream.close`, remember)
})

async function serve(onStream: (stream: ServerHttp2Stream) => void): Promise<ClientHttp2Session> {
  const server = createServer()
  server.on('stream', onStream)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect(`http://127.0.0.1:${Object.assign({ port: 0 }, server.address()).port}`)
  ending.push(
    () => client.destroy(),
    () => server.close(),
  )
  return client
}

async function ask(client: ClientHttp2Session): Promise<string> {
  const request = client.request({ ':path': '/' })
  request.setEncoding('utf8')
  let text = ''
  request.on('data', (chunk: string) => (text += chunk))
  const whole = once(request, 'close')
  request.end()
  await whole
  return text
}

/** What of a stream is still pointed at from its handle. */
const owners = (handle: object): readonly unknown[] =>
  [...Object.getOwnPropertySymbols(handle).filter(({ description }) => description === 'owner_symbol'), 'owner'].map((name): unknown =>
    Reflect.get(handle, name),
  )

it('both sides of a call that is over are let go of, and its own listeners were called', async () => {
  ending.push(letGoOfClosedStreams())
  const told: string[] = []
  const client = await serve((stream) => {
    stream.on('close', () => told.push('close'))
    stream.respond({ ':status': 200 })
    stream.end('an answer')
  })
  expect(await ask(client)).toBe('an answer')
  await expect.poll(() => closed.length).toBe(2)
  await turn()
  for (const { stream, handle } of closed) {
    expect(owners(handle).every((owner) => owner === undefined)).toBe(true)
    expect(stream).toMatchObject({ destroyed: true })
    expect(Reflect.get(stream, 'eventNames')).toBeTypeOf('function')
    expect(Reflect.apply(Reflect.get(stream, 'eventNames'), stream, [])).toEqual(['error'])
  }
  expect(told).toEqual(['close'])
})

it('without it, and once it was told to stop, Node holds on to them: what this is for', async () => {
  letGoOfClosedStreams()()
  const client = await serve((stream) => {
    stream.respond({ ':status': 200 })
    stream.end('an answer')
  })
  await ask(client)
  await expect.poll(() => closed.length).toBe(2)
  await turn()
  expect(closed.flatMap(({ handle }) => owners(handle)).some((owner) => owner !== undefined)).toBe(true)
})

it('calls that are cut off by either side end as they would, and the connection goes on', async () => {
  ending.push(letGoOfClosedStreams())
  let n = 0
  const client = await serve((stream) => {
    n += 1
    stream.on('error', () => {})
    if (n % 3 === 0) stream.close(2)
    else if (n % 3 === 1) {
      stream.respond({ ':status': 200 })
      stream.write('half')
    } else {
      stream.respond({ ':status': 200 })
      stream.end('whole')
    }
  })
  const outcomes = await Promise.all(
    Array.from({ length: 60 }, (_, place) => {
      const request = client.request({ ':path': '/' })
      let failed = false
      request.on('error', () => (failed = true))
      request.on('data', () => {
        if (place % 3 === 0) request.close(8)
      })
      request.end()
      return once(request, 'close')
        .catch(() => {})
        .then(() => failed)
    }),
  )
  expect(outcomes.filter((failed) => failed).length).toBeGreaterThanOrEqual(20)
  n = 1
  expect(await ask(client)).toBe('whole')
})

it('a stream that is open keeps everything', async () => {
  ending.push(letGoOfClosedStreams())
  const client = await serve((stream) => {
    stream.respond({ ':status': 200 })
    stream.write('still open')
  })
  const open = client.request({ ':path': '/' })
  await once(open, 'response')
  expect(open.listenerCount('data')).toBe(0)
  open.on('data', () => {})
  await turn()
  expect(open.listenerCount('data')).toBe(1)
  expect(closed).toEqual([])
  open.close()
  await once(open, 'close')
})

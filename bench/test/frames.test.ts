import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { ServerCredentials, Server, status } from '@grpc/grpc-js'
import { afterEach, expect, it } from 'vitest'
import { openFrames, toFrames } from '../src/load/targets/frames.ts'
import type { FrameConnection } from '../src/load/targets/frames.ts'

const PATH = '/test.Echo/Say'
const bytes = (message: Buffer): Buffer => message
const METHOD = {
  path: PATH,
  requestStream: false,
  responseStream: false,
  requestSerialize: bytes,
  requestDeserialize: bytes,
  responseSerialize: bytes,
  responseDeserialize: bytes,
} as const
const ending: (() => void)[] = []

afterEach(() => {
  for (const end of ending.splice(0)) end()
})

/** A real server that answers with what it was sent, the key in front; "refuse" is refused with a status, "never" not answered. */
async function echo(): Promise<FrameConnection> {
  const server = new Server()
  server.addService(
    { say: METHOD },
    {
      say: ({ request, metadata }: { request: Buffer; metadata: { get(name: string): unknown[] } }, answer: (error: object | null, value?: Buffer) => void) => {
        const text = request.toString('latin1')
        if (text === 'refuse') answer({ code: status.UNAUTHENTICATED, details: 'no' })
        else if (text !== 'never') answer(null, Buffer.concat([Buffer.from(String(metadata.get('key')[0])), request]))
      },
    },
  )
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error === null ? resolve(bound) : reject(error)))
  })
  const connection = await openFrames('127.0.0.1', port)
  ending.push(
    () => connection.close(),
    () => server.forceShutdown(),
  )
  return connection
}

const ask = (connection: FrameConnection, message: Buffer, key = 'k'): Promise<Buffer | string> => {
  const headers = [
    [':method', 'POST'],
    [':scheme', 'http'],
    [':path', PATH],
    [':authority', '127.0.0.1'],
    ['content-type', 'application/grpc'],
    ['te', 'trailers'],
    ['key', key],
  ] as const
  return new Promise((resolve) => connection.call(toFrames(headers, message), resolve))
}

it('asks a real gRPC server and gets its message, call after call and many at once', async () => {
  const connection = await echo()
  expect(String(await ask(connection, Buffer.from('one')))).toBe('kone')
  const all = await Promise.all(Array.from({ length: 200 }, (_, n) => ask(connection, Buffer.from(`call ${n}`))))
  expect(all.map(String)).toEqual(Array.from({ length: 200 }, (_, n) => `kcall ${n}`))
})

it('sends what is larger than any window, and headers longer than a short length', async () => {
  const connection = await echo()
  const message = Buffer.alloc(1_000_000, 'x')
  const key = 'y'.repeat(3_000)
  const answers = await Promise.all([ask(connection, message, key), ask(connection, message, key)])
  for (const answer of answers) expect(answer.length).toBe(1_003_000)
})

it('tells a refusal by its status, and takes no other answer for a message', async () => {
  const connection = await echo()
  expect(await ask(connection, Buffer.from('refuse'))).toBe('grpc 16')
})

it('ends what is under way with the connection, and what comes later', async () => {
  const connection = await echo()
  const waiting = ask(connection, Buffer.from('never'))
  await ask(connection, Buffer.from('one'))
  connection.close()
  expect(await waiting).toBe('closed')
  expect(await ask(connection, Buffer.from('two'))).toBe('closed')
})

it('ends with a peer that is no gRPC server and hangs up', async () => {
  const server = createServer((socket) => socket.end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ending.push(() => server.close())
  const { port }: Pick<AddressInfo, 'port'> = Object.assign({ port: 0 }, server.address())
  const connection = await openFrames('127.0.0.1', port)
  expect(typeof (await ask(connection, Buffer.from('one')))).toBe('string')
})

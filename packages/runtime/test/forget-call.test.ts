// What finished calls leave behind, seen through the memory their messages take outside of the heap.
import { connect } from 'node:http2'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, expect, it } from 'vitest'
import { createGrpcServer, listen } from '../src/index.ts'

const closing: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

const METHOD = {
  path: '/test.Count/Bytes',
  requestStream: false,
  responseStream: false,
  requestSerialize: (value: Buffer) => value,
  requestDeserialize: (bytes: Buffer) => bytes,
  responseSerialize: (value: Buffer) => value,
  responseDeserialize: (bytes: Buffer) => bytes,
} as const
const BODY_BYTES = 512 * 1024
const CALLS = 16

/** One frame, sent again and again: the client makes nothing anew. */
function framed(bytes: number): Buffer {
  const frame = Buffer.alloc(5 + bytes, 'x')
  frame.writeUInt8(0, 0)
  frame.writeUInt32BE(bytes, 1)
  return frame
}

/** Small collections only: a full one would find everything. */
function collectYoung(): void {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect !== 'function') throw new TypeError('no way to collect')
  for (let round = 0; round < 3; round++) collect({ type: 'minor' })
}

it('a finished call lets go of its message without a full collection', async () => {
  const grpc = createGrpcServer({})
  const lengths: number[] = []
  const answer = (call: { request: Buffer }, done: (error: null, value: Buffer) => void): void => {
    lengths.push(call.request.length)
    // As a door does with a large message: it is handed over, and what is left here is what the library keeps.
    call.request = Buffer.alloc(0)
    done(null, Buffer.alloc(0))
  }
  grpc.addService({ bytes: METHOD }, { bytes: answer })
  const listening = await listen({ host: '127.0.0.1', port: 0, http: (_request, response) => response.end(), grpc })
  closing.push(() => listening.close(100))
  const session = connect(`http://127.0.0.1:${listening.port}`)
  closing.push(() => session.close())
  const frame = framed(BODY_BYTES)
  const ask = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const stream = session.request({ ':method': 'POST', ':path': METHOD.path, 'content-type': 'application/grpc', te: 'trailers' })
      stream.on('error', reject).on('close', resolve).resume().end(frame)
    })

  await ask()
  const before = process.memoryUsage().arrayBuffers
  for (let n = 0; n < CALLS; n++) {
    await ask()
    collectYoung()
  }
  expect(lengths).toEqual(Array.from({ length: CALLS + 1 }, () => BODY_BYTES))
  // Another thread gives back what was found.
  await expect.poll(() => process.memoryUsage().arrayBuffers - before).toBeLessThan((CALLS / 2) * BODY_BYTES)
})

it('a call may send a whole body of a mebibyte before it hears from us, and its connection eight', async () => {
  const grpc = createGrpcServer({})
  grpc.addService({ bytes: METHOD }, { bytes: (_call: unknown, done: (error: null, value: Buffer) => void) => done(null, Buffer.alloc(0)) })
  const listening = await listen({ host: '127.0.0.1', port: 0, http: (_request, response) => response.end(), grpc })
  closing.push(() => listening.close(100))
  const session = connect(`http://127.0.0.1:${listening.port}`)
  closing.push(() => session.close())
  const ask = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const stream = session.request({ ':method': 'POST', ':path': METHOD.path, 'content-type': 'application/grpc', te: 'trailers' })
      stream.on('error', reject).on('close', resolve).resume().end(framed(16))
    })
  await ask()
  expect(session.remoteSettings).toMatchObject({ initialWindowSize: 1024 * 1024, maxConcurrentStreams: 1024 })
  await expect.poll(() => session.state.remoteWindowSize).toBeGreaterThan(8 * 1024 * 1024 - 1024)
})

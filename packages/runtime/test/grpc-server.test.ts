import { Client, Metadata, credentials, status } from '@grpc/grpc-js'
import type { ClientUnaryCall, ServiceError } from '@grpc/grpc-js'
import { afterEach, expect, it } from 'vitest'
import { createGrpcServer, listen } from '../src/index.ts'

const closing: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

const hold = {
  path: '/test.Hold/On',
  requestStream: false,
  responseStream: false,
  requestSerialize: (value: Buffer) => value,
  requestDeserialize: (bytes: Buffer) => bytes,
  responseSerialize: (value: Buffer) => value,
  responseDeserialize: (bytes: Buffer) => bytes,
} as const

it('keeps a connection, and the calls under way on it, whose peer gave up on two thousand others', async () => {
  const waiting: (() => void)[] = []
  const grpc = createGrpcServer({})
  grpc.addService({ on: hold }, { on: (call: { request: Buffer }, done: (error: null, value: Buffer) => void) => waiting.push(() => done(null, call.request)) })
  const listening = await listen({ host: '127.0.0.1', port: 0, http: (_request, response) => response.end(), grpc })
  closing.push(() => listening.close(100))
  const client = new Client(`127.0.0.1:${listening.port}`, credentials.createInsecure())
  closing.push(() => client.close())
  const ask = (text: string, done: (error: ServiceError | null, value?: Buffer) => void): ClientUnaryCall =>
    client.makeUnaryRequest(hold.path, hold.requestSerialize, hold.responseDeserialize, Buffer.from(text), new Metadata(), done)

  const other = new Promise<string>((resolve, reject) => ask('other', (error, value) => (error === null ? resolve(String(value)) : reject(error))))
  await expect.poll(() => waiting.length).toBe(1)

  for (let group = 0; group < 20; group++) {
    const before = waiting.length
    const codes: (number | undefined)[] = []
    const calls = Array.from({ length: 100 }, () => ask('gone', (error) => codes.push(error?.code)))
    await expect.poll(() => waiting.length).toBe(before + calls.length)
    for (const call of calls) call.cancel()
    await expect.poll(() => codes.length).toBe(calls.length)
    expect(new Set(codes)).toEqual(new Set([status.CANCELLED]))
  }

  waiting[0]?.()
  expect(await other).toBe('other')
})

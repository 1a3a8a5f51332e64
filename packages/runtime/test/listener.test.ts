import { connect } from 'node:net'
import { request } from 'node:http'
import { Client, Metadata, Server, credentials } from '@grpc/grpc-js'
import { afterEach, expect, it } from 'vitest'
import { listen } from '../src/index.ts'
import type { Listening } from '../src/index.ts'

const open: Listening[] = []
afterEach(async () => {
  for (const listening of open.splice(0)) await listening.close(100)
})

const echo = {
  path: '/test.Echo/Say',
  requestStream: false,
  responseStream: false,
  requestSerialize: (value: Buffer) => value,
  requestDeserialize: (bytes: Buffer) => bytes,
  responseSerialize: (value: Buffer) => value,
  responseDeserialize: (bytes: Buffer) => bytes,
} as const

async function start(): Promise<Listening> {
  const grpc = new Server()
  grpc.addService({ say: echo }, { say: (call: { request: Buffer }, done: (error: null, value: Buffer) => void) => done(null, call.request) })
  const listening = await listen({ host: '127.0.0.1', port: 0, http: (_request, response) => response.end('http'), grpc })
  open.push(listening)
  return listening
}

function get(port: number, host: string, more: Readonly<Record<string, string>> = {}): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path: '/', headers: { host, ...more } }, (response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => (body += chunk.toString()))
      response.on('end', () => resolve({ status: response.statusCode, body }))
    })
    asked.on('error', reject)
    asked.end()
  })
}

function say(port: number, text: string): Promise<string> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure())
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(echo.path, echo.requestSerialize, echo.responseDeserialize, Buffer.from(text), new Metadata(), (error, value) => {
      client.close()
      if (error !== null) reject(error)
      else resolve(value?.toString() ?? '')
    })
  })
}

it('answers HTTP and gRPC on one port', async () => {
  const { port } = await start()
  expect(await get(port, `127.0.0.1:${port}`)).toEqual({ status: 200, body: 'http' })
  expect(await say(port, 'hello')).toBe('hello')
})

it('serves a request whose first bytes arrive one at a time', async () => {
  const { port } = await start()
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    socket.setNoDelay(true)
    let text = ''
    socket.on('data', (chunk) => (text += chunk.toString()))
    socket.on('end', () => resolve(text))
    socket.on('error', reject)
    const bytes = `GET / HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\n\r\n`
    let at = 0
    const next = (): void => {
      if (at < 4) socket.write(bytes.charAt(at++), () => setTimeout(next, 2))
      else socket.write(bytes.slice(at))
    }
    next()
  })
  expect(answer).toContain('200 OK')
  expect(answer).toContain('http')
})

it('refuses a Host that is not its own, so that a rebound DNS name reaches nothing', async () => {
  const { port } = await start()
  expect((await get(port, `evil.example:${port}`)).status).toBe(421)
  expect((await get(port, 'localhost:1')).status).toBe(421)
  expect((await get(port, `localhost:${port}`)).status).toBe(200)
})

it('serves a request that shows its own secret under every name', async () => {
  const listening = await listen({
    host: '127.0.0.1',
    port: 0,
    http: (_request, response) => response.end('http'),
    anyHost: ({ headers }) => headers['x-key'] !== undefined,
  })
  open.push(listening)
  expect((await get(listening.port, 'other.example')).status).toBe(421)
  expect((await get(listening.port, 'other.example', { 'x-key': 'k' })).status).toBe(200)
})

it('survives a peer that connects and resets', async () => {
  const { port } = await start()
  await new Promise<void>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write('PR', () => {
        socket.resetAndDestroy()
        resolve()
      })
    })
  })
  expect((await get(port, `localhost:${port}`)).status).toBe(200)
})

it('closes although a keep-alive connection is open and idle', async () => {
  const { port, close } = await start()
  open.length = 0
  const socket = connect(port, '127.0.0.1')
  await new Promise<void>((resolve) => {
    socket.on('data', () => resolve())
    socket.write(`GET / HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`)
  })
  // Would outlast the test if it waited for the cut.
  await close(60_000)
  await expect(get(port, `localhost:${port}`)).rejects.toThrow()
})

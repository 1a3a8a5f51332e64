// Who is cut off from whom: by place, in both directions, told by what everybody says of itself, and nobody else.
import { connect, createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createProxies } from '../src/network/proxies.ts'
import type { Network } from '../src/network/network.ts'

let server: Server
let network: Network
let received: string
let sockets: Socket[]

beforeEach(async () => {
  received = ''
  sockets = []
  server = createServer((socket) => socket.on('data', (bytes) => (received += bytes.toString())).on('error', () => undefined))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  network = createProxies()
})

afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await network.close()
  await new Promise((resolve) => server.close(resolve))
})

async function front(place: string, strangers: 'pass' | 'stay_out' = 'pass'): Promise<number> {
  const opened = await network.front(place, strangers)
  const address = server.address()
  return opened.lead(typeof address === 'object' && address !== null ? address.port : 0).port
}

async function say(port: number, text: string): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  await new Promise((resolve) => socket.once('connect', resolve))
  socket.write(text)
}

async function arrived(...texts: readonly string[]): Promise<void> {
  await vi.waitFor(() => texts.forEach((text) => expect(received).toContain(text)), { timeout: 10_000, interval: 5 })
}

it('a cut keeps out whoever is on the other side, whichever side was named first, and nobody else', async () => {
  const port = await front('redis-1')
  network.know('sentinel 0123abcd', 'sentinel-1')
  await network.cut(['redis-1', 'node-1'], ['node-2', 'sentinel-1'])
  await say(port, 'bailiwick:node-2:reads one ')
  await say(port, 'sentinel-0123abcd-cmd two ')
  await say(port, 'bailiwick:node-1:reads three ')
  await say(port, 'bailiwick:node-3:reads four ')
  await arrived('three', 'four')
  expect(received).not.toContain('one')
  expect(received).not.toContain('two')
  await network.heal()
  await arrived('one', 'two')
})

it('a second cut adds to the first', async () => {
  const port = await front('redis-1')
  await network.cut(['node-1'], ['redis-1'])
  await network.cut(['node-2'], ['redis-1'])
  await say(port, 'bailiwick:node-1:reads one ')
  await say(port, 'bailiwick:node-2:reads two ')
  await say(port, 'bailiwick:node-3:reads three ')
  await arrived('three')
  expect(received).toMatch(/^bailiwick:node-3:reads three $/)
})

it('who has not said who it is stays out of a place it could have learned of, while anything is cut from there', async () => {
  const [learned, known] = [await front('sentinel-1', 'stay_out'), await front('redis-1', 'pass')]
  await network.cut(['sentinel-1', 'redis-1'], ['node-1'])
  await say(learned, 'who? ')
  await say(known, 'whoever ')
  await arrived('whoever')
  expect(received).toBe('whoever ')
})

it('a way of one participant is cut by its two ends', async () => {
  const way = await network.way('node-1', 'sentinel-1')
  const address = server.address()
  const { port } = way.lead(typeof address === 'object' && address !== null ? address.port : 0)
  await network.cut(['node-2'], ['sentinel-1'])
  await say(port, 'one ')
  await arrived('one')
  await network.cut(['sentinel-1'], ['node-1'])
  await say(port, 'two ')
  const other = await front('redis-1')
  await say(other, 'three ')
  await arrived('three')
  expect(received).not.toContain('two')
})

it('a cut one way lets the other way pass', async () => {
  const port = await front('redis-1')
  await network.cut(['node-1'], ['redis-1'], 'towards')
  await say(port, 'bailiwick:node-1:reads one ')
  await say(port, 'bailiwick:node-2:reads two ')
  await arrived('two')
  expect(received).not.toContain('one')
  server.once('connection', (socket) => socket.write('hello'))
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  let heard = ''
  socket.on('data', (bytes) => (heard += bytes.toString()))
  socket.write('bailiwick:node-1:reads three ')
  await vi.waitFor(() => expect(heard).toBe('hello'), { timeout: 10_000, interval: 5 })
  expect(received).not.toContain('three')
  await network.heal()
  await arrived('one', 'three')
})

it('who is unplugged is cut from everybody', async () => {
  const [one, other] = [await front('redis-1'), await front('redis-2')]
  await network.unplug('redis-1')
  await say(one, 'bailiwick:node-1:reads one ')
  await say(other, 'bailiwick:node-1:reads two ')
  await arrived('two')
  expect(received).not.toContain('one')
  await network.heal()
  await arrived('one')
})

it('lost packets it cannot show, and says so', async () => {
  expect(network.lacks('loss')).toMatch(/streams/)
  expect(network.lacks('delay')).toBeUndefined()
  await expect(network.lose('redis-1', 0.1)).rejects.toThrow('lose no packets')
})

// The broken network is a true one: what passes arrives in order, whatever the delay does meanwhile, and what was cut waits.
import { connect, createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { startPartition } from '../src/network/partition.ts'
import type { Partition } from '../src/network/partition.ts'

let server: Server
let partition: Partition
let client: Socket
let received: string

beforeEach(async () => {
  received = ''
  server = createServer((socket) => socket.on('data', (bytes) => (received += bytes.toString())).on('error', () => undefined))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  partition = await startPartition()
  partition.lead(typeof address === 'object' && address !== null ? address.port : 0)
  client = connect(partition.port, '127.0.0.1')
  await new Promise((resolve) => client.once('connect', resolve))
})

afterEach(async () => {
  client.destroy()
  await partition.close()
  await new Promise((resolve) => server.close(resolve))
})

async function arrived(text: string): Promise<void> {
  await vi.waitFor(() => expect(received).toBe(text), { timeout: 10_000, interval: 5 })
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

it('nothing overtakes when the delay shrinks', async () => {
  partition.delay(80)
  client.write('one ')
  await pause(20)
  partition.delay(30)
  client.write('two ')
  await pause(10)
  partition.delay(0)
  client.write('three')
  await arrived('one two three')
})

it('who is cut waits, and arrives in order when healed', async () => {
  client.write('bailiwick:node-1:reads ')
  await arrived('bailiwick:node-1:reads ')
  partition.cut((speaker) => speaker === 'node-1')
  client.write('held ')
  await pause(30)
  expect(received).toBe('bailiwick:node-1:reads ')
  client.write('too')
  partition.heal()
  await arrived('bailiwick:node-1:reads held too')
})

it('who does not match passes, also when it says late who it is', async () => {
  partition.cut((speaker) => speaker !== 'node-2')
  client.write('who? ')
  await pause(30)
  expect(received).toBe('')
  client.write('bailiwick:node-2:acts')
  await arrived('who? bailiwick:node-2:acts')
})

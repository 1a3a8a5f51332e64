// Two hosts in a world of its own that send each other datagrams while the network between them is broken in every way: prints as JSON what arrived.
// Started by namespaces.test.ts.
import { spawn } from 'node:child_process'
import { createNamespaces } from '../src/network/namespaces.ts'
import { runTool } from '../src/network/command.ts'
import type { Network } from '../src/network/network.ts'

const PORT = 9_000
const ARRIVES_WITHIN_MS = 10_000
const LONGER_MS = 150
const MANY = 200
const AGENT = `
const socket = require('dgram').createSocket('udp4')
socket.on('message', (message) => process.send(String(message)))
socket.on('error', () => undefined)
process.on('message', ({ to, text }) => socket.send(text, ${PORT}, to, () => undefined))
socket.bind(${PORT}, process.argv[1], () => process.send('there'))
process.on('disconnect', () => process.exit(0))
`

interface Agent {
  readonly address: string
  readonly got: string[]
  send(to: string, text: string): void
  end(): void
}

async function startAgent(network: Network, place: string): Promise<Agent> {
  const { address, enter } = await network.host(place)
  const [program, ...args] = [...enter, process.execPath, '-e', AGENT, address]
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const got: string[] = []
  await new Promise<void>((resolve) => {
    child.on('message', (message) => (message === 'there' ? resolve() : void got.push(String(message))))
  })
  return { address, got, send: (to, text) => child.send({ to, text }), end: () => child.disconnect() }
}

const network = await createNamespaces('tester')
const [a, b] = [await startAgent(network, 'a'), await startAgent(network, 'b')]
let round = 0
/** How much of what was sent in this round arrived: waits for what should, and a little longer for what should not. */
const arrives = async (expected: readonly [toB: number, toA: number], count = 1): Promise<readonly [toB: number, toA: number]> => {
  round += 1
  const text = `round ${round}`
  const arrived = ({ got }: Agent): number => got.filter((one) => one === text).length
  for (let n = 0; n < count; n++) {
    a.send(b.address, text)
    b.send(a.address, text)
  }
  const until = performance.now() + ARRIVES_WITHIN_MS
  while ((arrived(b) < expected[0] || arrived(a) < expected[1]) && performance.now() < until) await pause(10)
  await pause(LONGER_MS)
  return [arrived(b), arrived(a)]
}
const seen: Record<string, unknown> = { healthy: await arrives([1, 1]) }
await network.cut(['a'], ['b'])
seen['cut'] = await arrives([0, 0])
await network.heal()
await network.cut(['a'], ['b'], 'towards')
seen['towards'] = await arrives([0, 1])
await network.cut(['b'], ['a'], 'towards')
seen['towardsAndBack'] = await arrives([0, 0])
await network.heal()
await network.cut(['a', 'tester'], ['c'])
seen['othersCut'] = await arrives([1, 1])
await network.unplug('b')
seen['unplugged'] = await arrives([0, 0])
await network.heal()
seen['healed'] = await arrives([1, 1])
seen['lossLacks'] = network.lacks('loss') ?? ''
if (network.lacks('loss') === undefined) await network.lose('b', 0.5)
seen['lossy'] = await arrives([1, MANY], MANY)
await network.heal()
seen['delayLacks'] = network.lacks('delay') ?? ''
if (network.lacks('delay') === undefined) await network.delay('b', 60)
seen['late'] = await arrives([1, 1])
await network.heal()
seen['healedAgain'] = await arrives([MANY, MANY], MANY)
a.end()
b.end()
// What nobody removed: the next network does.
await createNamespaces('tester')
seen['hosts'] = (await runTool('ip', ['netns', 'list'])).split('\n').filter((line) => line !== '').length
await network.close()
seen['left'] = (await runTool('ip', ['netns', 'list'])).trim()
process.stdout.write(JSON.stringify({ ...seen, how: network.how }))
process.exit(0)

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

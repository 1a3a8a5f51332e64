// Whether namespaces do here what a run needs of them, tried on two hosts: prints `ok`, or says on stderr in one line what did not work. Started in a world of
// its own (world.ts).
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { runTool } from './command.ts'
import { createNamespaces } from './namespaces.ts'

const REACHED_WITHIN_MS = 500
/** Ends with 0 as soon as it is connected. */
const CALLER = `const s = require('net').connect(Number(process.argv[2]), process.argv[1]); s.on('connect', () => process.exit(0)); s.on('error', () => process.exit(1)); setTimeout(() => process.exit(2), ${REACHED_WITHIN_MS})`

try {
  const network = await createNamespaces('tester')
  const there = await network.host('there')
  const { address } = await network.host('tester')
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, address, resolve))
  const { port } = addressOf(server.address())
  const [enter = '', ...rest] = there.enter
  const reaches = (): Promise<boolean> =>
    runTool(enter, [...rest, process.execPath, '-e', CALLER, address, String(port)]).then(
      () => true,
      () => false,
    )
  if (!(await reaches())) throw new Error('packets do not cross from one network namespace to another')
  await network.cut(['there'], ['tester'])
  if (await reaches()) throw new Error('packets that nftables should have dropped arrive')
  await network.close()
  process.stdout.write('ok\n')
  process.exit(0)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : 'unknown'}\n`)
  process.exit(1)
}

function addressOf(found: AddressInfo | string | null): AddressInfo {
  if (found === null || typeof found === 'string') throw new Error('no port')
  return found
}

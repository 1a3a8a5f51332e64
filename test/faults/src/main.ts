// `npm run verify:kill-switch`: reads what it is told, finds out what this machine lets it do, starts the verification in a process and a world of its own
// (verify.ts), and removes what that leaves behind, however it ends.
import { fileURLToPath } from 'node:url'
import { findOrInstallRedis } from '@bailiwick/kit/find-redis'
import { MUTANTS } from './mutants/mutants.ts'
import { findWorld, THIS_WORLD } from './network/world.ts'
import type { World } from './network/world.ts'
import { parseOptions } from './options.ts'
import type { Options } from './options.ts'
import { makeRunFolder, removeStaleFolders } from './run-folder.ts'
import { FAULTS } from './run/start-run.ts'
import { USAGE } from './usage.ts'
import type { Order } from './order.ts'

const VERIFY = fileURLToPath(new URL('./verify.ts', import.meta.url))
const ENDS_WITHIN_MS = 10_000
const INTERRUPTED = 130

const namesOf = (all: readonly { readonly name: string }[]): readonly string[] => all.map(({ name }) => name)
const asked = parseOptions(process.argv.slice(2), { faults: namesOf(FAULTS), mutants: namesOf(MUTANTS) })
if (asked.kind === 'run') process.exitCode = await verify(asked.options)
else if (asked.kind === 'help') process.stdout.write(USAGE)
else {
  process.stderr.write(`verify:kill-switch: ${asked.problem}\n\nnpm run verify:kill-switch -- --help says what there is.\n`)
  process.exitCode = 2
}

async function verify(options: Options): Promise<number> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`)
  const stale = removeStaleFolders()
  if (stale > 0) say(`removed what ${stale} earlier ${stale === 1 ? 'command' : 'commands'} left behind`)
  // A storm breaks no network.
  const found = options.network === 'proxies' || options.storm !== undefined ? 'not asked for' : await findWorld()
  if (typeof found === 'string' && options.network === 'namespaces') {
    say(`verify:kill-switch: --network namespaces is not possible here: ${found}`)
    return 2
  }
  const world = typeof found === 'string' ? THIS_WORLD : found
  const skipped = typeof found === 'string' ? [`network namespaces: ${found}`] : []
  const redis = options.stores.includes('redis') ? await findOrInstallRedis() : undefined
  if (typeof redis === 'string') skipped.push(`Redis: ${redis}`)
  say(`seed ${options.seed}; the network is broken by ${world.network === 'proxies' ? 'proxies' : `network namespaces (${world.as})`}`)
  return await start(world, { options, network: { kind: world.network, as: world.as }, skipped, ...(typeof redis === 'object' ? { redis } : {}) })
}

async function start(world: World, order: Order): Promise<number> {
  const folder = makeRunFolder()
  const child = world.start(VERIFY, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], env: { ...process.env, TMPDIR: folder.path } })
  let isInterrupted = false
  const interrupt = (): void => {
    isInterrupted = true
    // It ends when nobody is there any more who started it; with it, all it started.
    if (child.connected) child.disconnect()
    setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN_MS).unref()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt)
  try {
    child.send(order)
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (status) => resolve(status ?? 1))
    })
    return isInterrupted ? INTERRUPTED : code
  } finally {
    folder.remove()
  }
}

// A world of its own for a run on namespaces: its own network, mounts and processes, made as root or, where that is not to be had, as root of a user
// namespace. The kernel takes all of it back with the first process of it, however that ends: nothing is left on the machine that somebody would have to remove.
import { spawn } from 'node:child_process'
import type { ChildProcess, StdioOptions } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { installDebian } from '@bailiwick/kit/install-debian'
import { findTool } from './command.ts'
import type { NetworkKind } from './network.ts'

/** What a run needs on namespaces, with the Debian package each is in. */
const TOOLS = { unshare: 'util-linux', nsenter: 'util-linux', mount: 'mount', ip: 'iproute2', tc: 'iproute2', nft: 'nftables' } as const
const COMMON = ['--net', '--mount', '--pid', '--fork', '--kill-child']
const WAYS = { 'as root': COMMON, 'in a user namespace': ['--user', '--map-root-user', ...COMMON] } as const
/** Names of namespaces are of this world alone, and so is every loopback address but its own 127.0.0.1. */
const FURNISH =
  'PATH="$PATH:/usr/sbin:/sbin:/usr/bin:/bin"; mount -t tmpfs tmpfs /run && ip link set lo up && ip addr del 127.0.0.1/8 dev lo && ip addr add 127.0.0.1/32 dev lo && echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet && exec "$@"'
const PROBE = fileURLToPath(new URL('./probe.ts', import.meta.url))
const PROBED_WITHIN_MS = 20_000

/** How programs of a run are started. */
export interface World {
  readonly network: NetworkKind
  /** In words: whose privileges it rests on; empty where it needs none. */
  readonly as: string
  start(file: string, args: readonly string[], options: { readonly stdio: StdioOptions; readonly env?: NodeJS.ProcessEnv }): ChildProcess
}

/** Where the tester is, and all it starts. */
export const THIS_WORLD: World = { network: 'proxies', as: '', start: (file, args, options) => launch([], file, args, options) }

/** A world with namespaces, or in one line why there is none. Tries it: a packet has to arrive, and not to arrive when it is cut. */
export async function findWorld(): Promise<World | string> {
  if (process.platform !== 'linux') return `network namespaces are Linux's; this is ${process.platform}`
  const missing = Object.entries(TOOLS).filter(([tool]) => findTool(tool) === undefined)
  if (missing.length > 0) {
    const problem = await installDebian([...new Set(missing.map(([, name]) => name))])
    if (problem !== undefined) return `there is no ${missing.map(([tool]) => tool).join(', no ')}, and ${problem}`
  }
  const problems: string[] = []
  for (const [as, flags] of Object.entries(WAYS)) {
    if (as === 'as root' && process.getuid?.() !== 0) continue
    const enter = [findTool('unshare') ?? 'unshare', ...flags, '--', '/bin/sh', '-c', FURNISH, 'sh']
    const world: World = { network: 'namespaces', as, start: (file, args, options) => launch(enter, file, args, options) }
    const problem = await probed(world)
    if (problem === undefined) return world
    problems.push(`${as}: ${problem}`)
  }
  return problems.join('; ')
}

function launch(
  enter: readonly string[],
  file: string,
  args: readonly string[],
  { stdio, env = process.env }: { readonly stdio: StdioOptions; readonly env?: NodeJS.ProcessEnv },
): ChildProcess {
  const [first = process.execPath, ...rest] = [...enter, process.execPath, '--disable-warning=ExperimentalWarning', file, ...args]
  return spawn(first, rest, { stdio, env })
}

async function probed(world: World): Promise<string | undefined> {
  const child = world.start(PROBE, [], { stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, err] = ['', '']
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text))
  const timer = setTimeout(() => child.kill('SIGKILL'), PROBED_WITHIN_MS)
  await new Promise<void>((resolve) => child.once('close', () => resolve()).once('error', () => resolve()))
  clearTimeout(timer)
  if (out.trim() === 'ok') return undefined
  return err.trim().split('\n')[0] || 'it did not end in time'
}

// Real Redis servers for a test: standalone, a primary with replicas, Sentinels, each a process of its own on a free port with a folder of its own.
// Every one is ended by its process id. Also a TCP proxy that can fall silent without closing anything, as a broken network does.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { RedisProgram } from './find-redis.ts'

export type RespReply = string | number | null | readonly RespReply[]

export interface RedisServer {
  readonly port: number
  readonly url: string
  readonly folder: string
  readonly pid: () => number
  /** One command over a connection of its own; rejects with the server's error. */
  command(...args: readonly (string | number)[]): Promise<RespReply>
  /** SIGKILL, as a crash. Resolves when the process is gone. */
  kill(): Promise<void>
  freeze(): void
  thaw(): void
  /** Starts it again on the same port and folder, with other settings on top. */
  restart(settings?: RedisServerSettings): Promise<void>
  /** Ends it and removes its folder. */
  close(): Promise<void>
}

/** As in redis.conf: `{ appendonly: 'yes' }`. */
export type RedisServerSettings = Readonly<Record<string, string>>

/** One server whose acts are on its disk before they are answered. */
export const DURABLE: RedisServerSettings = { appendonly: 'yes', appendfsync: 'always' }

/** Where a server runs. */
export interface ServerPlace {
  /** What it listens on for other servers and for clients. */
  readonly address: string
  /** What the test asks it at; the same, or another address that nothing which is cut concerns. */
  readonly control: string
  /** What is put in front of its command line, so that it runs there: `nsenter --net=...`. */
  readonly enter: readonly string[]
}

const HERE: ServerPlace = { address: '127.0.0.1', control: '127.0.0.1', enter: [] }

const BASE: RedisServerSettings = {
  save: '',
  'repl-diskless-sync-delay': '0',
  'repl-ping-replica-period': '1',
  'enable-debug-command': 'yes',
  loglevel: 'warning',
}
const START_MS = 10_000

export async function startRedis(program: RedisProgram, settings: RedisServerSettings = DURABLE, place: ServerPlace = HERE): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'bailiwick-redis-'))
  const port = await freePort()
  const start = (given: RedisServerSettings): Promise<ChildProcess> => launch(program, place, port, folder, given)
  let child = await start(settings)

  const signal = (name: NodeJS.Signals): void => {
    if (child.exitCode === null && child.signalCode === null) child.kill(name)
  }
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    signal('SIGKILL')
    await gone
  }
  return {
    port,
    url: `redis://${place.address}:${port}`,
    folder,
    pid: () => child.pid ?? 0,
    command: (...args) => ask(port, args, place.control),
    kill,
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    async restart(more = {}) {
      await kill()
      child = await start({ ...settings, ...more })
    },
    async close() {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function launch(program: RedisProgram, place: ServerPlace, port: number, folder: string, settings: RedisServerSettings): Promise<ChildProcess> {
  // To the server only 127.0.0.1 is this machine: whoever comes from another address would have to show a password.
  const own = { bind: addressesOf(place), ...(place.enter.length === 0 ? {} : { 'protected-mode': 'no' }) }
  const all = Object.entries({ ...BASE, ...own, ...settings, port: String(port), dir: folder })
  const file = join(folder, 'redis.conf')
  await writeFile(file, all.map(([name, value]) => `${name} ${value === '' ? '""' : value}\n`).join(''))
  return await run(program, place, port, folder, [file])
}

function addressesOf({ address, control }: ServerPlace): string {
  return address === control ? address : `${address} ${control}`
}

async function run(program: RedisProgram, { enter, control }: ServerPlace, port: number, folder: string, args: readonly string[]): Promise<ChildProcess> {
  const [first, ...rest] = enter
  const child =
    first === undefined
      ? spawn(program.path, args, { argv0: program.argv0, stdio: 'ignore' })
      : spawn(first, [...rest, await calledRight(program, folder), ...args], { stdio: 'ignore' })
  try {
    await answering(child, port, control)
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
  return child
}

/** Whoever starts it for us calls it what its file is called: so there is a file of the right name. */
async function calledRight({ path, argv0 }: RedisProgram, folder: string): Promise<string> {
  if (basename(path) === basename(argv0)) return path
  const link = join(folder, basename(argv0))
  await symlink(path, link).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  })
  return link
}

async function answering(child: ChildProcess, port: number, control: string): Promise<void> {
  const until = Date.now() + START_MS
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('the Redis server ended while starting')
    try {
      if ((await ask(port, ['PING'], control)) === 'PONG') return
    } catch (error) {
      // It is there, and asks who wants to know.
      if (error instanceof Error && error.message.startsWith('NOAUTH')) return
      if (Date.now() > until) throw error
    }
    await pause(20)
  }
}

export interface RedisGroup {
  readonly primary: RedisServer
  readonly replicas: readonly RedisServer[]
  close(): Promise<void>
}

/** A primary and its replicas, attached and in step. Members can become the others' primary: all have the same settings. */
export async function startReplicated(program: RedisProgram, replicas: number, settings: RedisServerSettings = {}): Promise<RedisGroup> {
  const primary = await startRedis(program, settings)
  const others = await Promise.all(Array.from({ length: replicas }, () => startRedis(program, { ...settings, replicaof: `127.0.0.1 ${primary.port}` })))
  await attached(primary, replicas)
  return {
    primary,
    replicas: others,
    async close() {
      await Promise.all([primary, ...others].map((server) => server.close()))
    },
  }
}

/** Waits until that many replicas are in step with the server. */
export async function attached(server: RedisServer, replicas: number, withinMs = 15_000): Promise<void> {
  const until = Date.now() + withinMs
  while ((String(await server.command('INFO', 'replication')).match(/^slave\d+:.*state=online/gm) ?? []).length < replicas) {
    if (Date.now() > until) throw new Error('the replicas did not attach')
    await pause(50)
  }
}

/** Waits until that many replicas have everything. `WAIT` speaks of the writes of its own connection, so there has to be one. */
export async function caughtUp(server: RedisServer, replicas: number, withinMs = 15_000): Promise<void> {
  const until = Date.now() + withinMs
  for (;;) {
    try {
      const [, there] = await converse(server.port, [
        ['INCR', 'caught-up'],
        ['WAIT', replicas, 500],
      ])
      if (Number(there) >= replicas) return
    } catch {
      // A primary that was cut off refuses the write for a second or two more.
      await pause(50)
    }
    if (Date.now() > until) throw new Error('the replicas did not catch up')
  }
}

export interface Sentinels {
  readonly ports: readonly number[]
  close(): Promise<void>
}

export interface SentinelPlan {
  readonly count: number
  readonly downAfterMs: number
  /** Where each of them tells the others and its clients that it is, in order; where it listens unless told. */
  readonly announcedPorts?: readonly number[]
  /** Where each of them runs, in order; here unless told. */
  readonly places?: readonly ServerPlace[]
}

/** Sentinels that watch the primary under the name `main`; most of them have to agree before another is promoted. */
export async function startSentinels(
  program: RedisProgram,
  primary: { readonly port: number; readonly host?: string },
  { count, downAfterMs, announcedPorts = [], places = [] }: SentinelPlan,
): Promise<Sentinels> {
  const folder = await mkdtemp(join(tmpdir(), 'bailiwick-sentinel-'))
  const started = await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const announced = announcedPorts[n]
      const place = places[n] ?? HERE
      const port = await freePort()
      const file = join(folder, `sentinel-${port}.conf`)
      const lines = [
        `port ${port}`,
        `bind ${addressesOf(place)}`,
        `dir ${folder}`,
        'loglevel warning',
        `sentinel monitor main ${primary.host ?? '127.0.0.1'} ${primary.port} ${Math.floor(count / 2) + 1}`,
        `sentinel down-after-milliseconds main ${downAfterMs}`,
        'sentinel failover-timeout main 5000',
        ...(announced === undefined ? [] : ['sentinel announce-ip 127.0.0.1', `sentinel announce-port ${announced}`]),
      ]
      await writeFile(file, `${lines.join('\n')}\n`)
      return { port, child: await run(program, place, port, folder, [file, '--sentinel']) }
    }),
  )
  return {
    ports: started.map(({ port }) => port),
    async close() {
      for (const { child } of started) child.kill('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export interface DroppingProxy {
  readonly port: number
  readonly url: string
  /** From now on nothing passes and nothing is closed. */
  cut(): void
  /** What waits passes again, and new connections do. */
  heal(): void
  /** New connections lead elsewhere, and the old ones are closed: what a moving address does. */
  retarget(target: { readonly port: number }): void
  close(): Promise<void>
}

export async function startDroppingProxy(target: { readonly port: number }): Promise<DroppingProxy> {
  const sockets = new Set<Socket>()
  let isCut = false
  let { port: targetPort } = target
  const server = createServer((from) => {
    const to = connect(targetPort, '127.0.0.1')
    for (const [a, b] of [
      [from, to],
      [to, from],
    ] as const) {
      sockets.add(a)
      a.on('data', (bytes) => void b.write(bytes))
      a.on('end', () => b.end())
      a.on('error', () => b.destroy())
      a.on('close', () => {
        sockets.delete(a)
        b.destroy()
      })
      if (isCut) a.pause()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    cut() {
      isCut = true
      for (const socket of sockets) socket.pause()
    },
    heal() {
      isCut = false
      for (const socket of sockets) socket.resume()
    },
    retarget(other) {
      targetPort = other.port
      for (const socket of sockets) socket.destroy()
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** One command over a connection of its own, of a server or a Sentinel. Not limited in time. */
export async function ask(port: number, args: readonly (string | number)[], host = '127.0.0.1'): Promise<RespReply> {
  const [reply = null] = await converse(port, [args], host)
  return reply
}

/** Commands on one connection, in the plain protocol: a test must not see the server through the client it tests. */
async function converse(port: number, commands: readonly (readonly (string | number)[])[], host = '127.0.0.1'): Promise<readonly RespReply[]> {
  const socket = connect(port, host)
  try {
    return await new Promise<readonly RespReply[]>((resolve, reject) => {
      let received = Buffer.alloc(0)
      socket.on('error', reject)
      socket.on('close', () => reject(new Error('the server closed the connection')))
      socket.on('data', (bytes: Buffer) => {
        received = Buffer.concat([received, bytes])
        try {
          const replies = repliesIn(received, commands.length)
          if (replies !== undefined) resolve(replies)
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)))
        }
      })
      socket.write(Buffer.concat(commands.map(encode)))
    })
  } finally {
    socket.destroy()
  }
}

function encode(args: readonly (string | number)[]): Buffer {
  const words = args.map((arg) => Buffer.from(String(arg)))
  return Buffer.concat([Buffer.from(`*${words.length}\r\n`), ...words.flatMap((word) => [Buffer.from(`$${word.length}\r\n`), word, Buffer.from('\r\n')])])
}

/** Undefined while not all are there. */
function repliesIn(bytes: Buffer, count: number): readonly RespReply[] | undefined {
  const replies: RespReply[] = []
  for (let at = 0; replies.length < count;) {
    const parsed = parseReply(bytes, at)
    if (parsed === undefined) return undefined
    replies.push(parsed.reply)
    at = parsed.next
  }
  return replies
}

interface Parsed {
  readonly reply: RespReply
  readonly next: number
}

function parseReply(bytes: Buffer, at: number): Parsed | undefined {
  const end = bytes.indexOf('\r\n', at)
  if (end === -1) return undefined
  const line = bytes.toString('utf8', at + 1, end)
  const next = end + 2
  switch (String.fromCodePoint(bytes[at] ?? 0)) {
    case '+':
      return { reply: line, next }
    case '-':
      throw new Error(line)
    case ':':
      return { reply: Number(line), next }
    case '$': {
      const length = Number(line)
      if (length === -1) return { reply: null, next }
      return bytes.length < next + length + 2 ? undefined : { reply: bytes.toString('utf8', next, next + length), next: next + length + 2 }
    }
    case '*': {
      const items: RespReply[] = []
      let from = next
      for (let left = Number(line); left > 0; left -= 1) {
        const item = parseReply(bytes, from)
        if (item === undefined) return undefined
        items.push(item.reply)
        from = item.next
      }
      return { reply: items, next: from }
    }
    default:
      throw new Error('not a reply')
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

// A gateway that is a program of its own: found, started on a file, waited for, ended.
import { spawn, spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { portOf } from '../listening.ts'

export interface Program {
  readonly binary: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Where its standard output and error go. */
  readonly logFile: string
  /** Loopback ports that answer once it is ready. */
  readonly ports: readonly number[]
  /** Ten seconds where it is not said. */
  readonly readyWithinMs?: number
  /** It runs in this folder, in a process group of its own: programs it starts end with it. */
  readonly groupIn?: string
}

const READY_WITHIN_MS = 10_000
const BETWEEN_TRIES_MS = 50

/** True where `binary` can be run and says its version. */
export function answers(binary: string): boolean {
  return spawnSync(binary, ['--version']).status === 0
}

/** Rejects when it ends, or is not ready in time. */
export async function startProgram(program: Program): Promise<{ close(): Promise<void> }> {
  const { binary, args, env, logFile, ports, readyWithinMs = READY_WITHIN_MS, groupIn } = program
  const log = openSync(logFile, 'a')
  const grouped = groupIn === undefined ? {} : { cwd: groupIn, detached: true }
  const child = spawn(binary, args, { env, stdio: ['ignore', log, log], ...grouped })
  closeSync(log)
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  const close = async (): Promise<void> => {
    if (groupIn === undefined || child.pid === undefined) child.kill('SIGKILL')
    else endGroup(child.pid)
    await exited
  }
  for (const until = Date.now() + readyWithinMs; !(await allAccept(ports));) {
    if (Date.now() > until || child.exitCode !== null || child.pid === undefined) {
      await close()
      throw new Error(`${binary} did not start; its log is ${logFile}`)
    }
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_TRIES_MS))
  }
  return { close }
}

function endGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL')
  } catch {
    // None of it is left.
  }
}

async function allAccept(ports: readonly number[]): Promise<boolean> {
  for (const port of ports) if (!(await accepts(port))) return false
  return true
}

function accepts(port: number): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => {
      socket.destroy()
      settle(true)
    })
    socket.once('error', () => settle(false))
  })
}

/** So many loopback ports that were free a moment ago. */
export async function freeLoopbackPorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(Array.from({ length: count }, reserve))
  const ports = servers.map(portOf)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

function reserve(): Promise<ReturnType<typeof createServer>> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(server))
  })
}

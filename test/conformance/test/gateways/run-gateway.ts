// Starts a gateway's program on a configuration of gateways/, changed only in where things listen and in taking TLS off, and ends it.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface GatewayRun {
  readonly program: string
  readonly args: (folder: string) => readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Name in the folder -> text. */
  readonly files: Readonly<Record<string, string>>
  readonly port: number
  /** Whether it serves its routes: for one that listens before it does. */
  readonly serves?: () => Promise<boolean>
}

export interface RunningGateway {
  readonly url: string
  close(): Promise<void>
}

export function shipped(path: string): string {
  return readFileSync(new URL(`../../../../gateways/${path}`, import.meta.url), 'utf8')
}

/** More time than in production: what is shown is the decision, on a machine that may be doing much else. */
export const PATIENT = ['500ms', '15s'] as const

/** Each change must be in the text: a configuration that was rewritten must not be tested as it was. */
export function changed(text: string, changes: readonly (readonly [from: string | RegExp, to: string])[]): string {
  let now = text
  for (const [from, to] of changes) {
    if (typeof from === 'string' ? !now.includes(from) : !from.test(now)) throw new Error(`not in the shipped configuration: ${String(from)}`)
    now = now.replaceAll(typeof from === 'string' ? from : new RegExp(from, `g${from.flags}`), to)
  }
  return now
}

/** With the lines of a shipped file that are for agents' certificates: those behind `##`. */
export function withCertificates(text: string): string {
  return changed(text, [[/^([ \t]*)##/m, '$1']])
}

export async function runGateway({ program, args, env, files, port, serves = () => Promise.resolve(true) }: GatewayRun): Promise<RunningGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-gateway-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 })
  const child = spawn(program, args(folder), { cwd: folder, env: { HOME: folder, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4000)))
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  const close = async (): Promise<void> => {
    child.kill('SIGKILL')
    await exited
    rmSync(folder, { recursive: true, force: true })
  }
  for (let tries = 0; !((await accepts(port)) && (await serves())); tries++) {
    if (tries === 200 || child.exitCode !== null) {
      await close()
      throw new Error(`${program} did not start:\n${said}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  return { url: `http://127.0.0.1:${port}`, close }
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
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

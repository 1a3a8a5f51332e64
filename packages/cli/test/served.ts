// `bailiwick serve` in a process of its own, in a temporary folder.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Readable } from 'node:stream'

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

export interface Served {
  /** Everything it wrote so far. */
  readonly written: { readonly out: string; readonly err: string }
  /** SIGTERM; the exit code. */
  stop(): Promise<number | null>
  kill(): Promise<void>
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((done) => server.close(done))
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Resolves when it says that it is ready. */
export async function startServing(folder: string): Promise<Served> {
  const child = spawn(process.execPath, [join(ROOT, 'packages/cli/src/main.ts'), 'serve', '--json'], { cwd: folder })
  const written = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => (written.out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (written.err += chunk.toString()))
  const died = once(child, 'exit').then(() => Promise.reject(new Error(`serve ended: ${written.err}`)))
  await Promise.race([died, untilReady(child.stderr, written)])
  died.catch(() => {})
  return {
    written,
    stop: async () => {
      child.kill('SIGTERM')
      const [code] = (await once(child, 'exit')) as [number | null]
      return code
    },
    kill: async () => {
      if (child.exitCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

async function untilReady(stderr: Readable, written: { readonly err: string }): Promise<void> {
  while (!/^ready$/m.test(written.err)) await once(stderr, 'data')
}

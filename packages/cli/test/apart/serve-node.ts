// `bailiwick serve --service ...` as a process of its own: one node of several, with what only it is told in its environment.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { ROOT } from '../served.ts'

export interface ServedNode {
  readonly pid: number | undefined
  readonly err: () => string
  /** SIGTERM; the exit code. */
  stop(): Promise<number | null>
  /** SIGKILL. */
  kill(): Promise<void>
}

/** Resolves when it says that it is ready. */
export async function serveNode(folder: string, services: readonly string[], settings: Readonly<Record<string, string>>): Promise<ServedNode> {
  const options = services.flatMap((service) => ['--service', service])
  const child = spawn(process.execPath, [join(ROOT, 'packages/cli/src/main.ts'), 'serve', '--json', ...options], {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [`BAILIWICK_${name}`, value])) },
  })
  let err = ''
  child.stdout.resume()
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const ended = (): boolean => child.exitCode !== null || child.signalCode !== null
  while (!/^ready$/m.test(err)) {
    if (ended()) throw new Error(`serve ended: ${err}`)
    await Promise.race([once(child.stderr, 'data'), once(child, 'exit')])
  }
  return {
    pid: child.pid,
    err: () => err,
    stop: async () => {
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
      return child.exitCode
    },
    kill: async () => {
      if (ended()) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}

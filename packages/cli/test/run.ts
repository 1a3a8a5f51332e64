// Runs the command line as a function and keeps what it wrote.
import type { Clock } from '@bailiwick/core'
import { runCli } from '../src/index.ts'
import type { CliInput } from '../src/index.ts'

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Both streams are terminals of this width. */
  readonly tty?: number
  readonly stdin?: string
  readonly clock?: Clock
  readonly fetch?: NonNullable<CliInput['fetch']>
}

export async function run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const written = { out: '', err: '' }
  const stream = (name: 'out' | 'err') => ({
    isTTY: options.tty !== undefined,
    columns: options.tty,
    write: (text: string): void => {
      written[name] += text
    },
  })
  const code = await runCli({
    args,
    env: options.env ?? {},
    cwd: options.cwd ?? '/nonexistent',
    stdout: stream('out'),
    stderr: stream('err'),
    ...(options.stdin === undefined ? {} : { stdin: once(options.stdin) }),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
  })
  return { code, ...written }
}

async function* once(text: string): AsyncIterable<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text))
}

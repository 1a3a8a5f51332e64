// Runs the command line as a function and keeps what it wrote.
import { runCli } from '../src/index.ts'

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

export async function run(
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string; readonly tty?: boolean } = {},
): Promise<Ran> {
  const written = { out: '', err: '' }
  const stream = (name: 'out' | 'err') => ({
    isTTY: options.tty === true,
    write: (text: string): void => {
      written[name] += text
    },
  })
  const code = await runCli({ args, env: options.env ?? {}, cwd: options.cwd ?? '/nonexistent', stdout: stream('out'), stderr: stream('err') })
  return { code, ...written }
}

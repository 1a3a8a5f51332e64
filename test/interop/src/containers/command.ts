// Runs a program of this machine and gives what it said.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execute = promisify(execFile)
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024

export interface Said {
  readonly ok: boolean
  /** Standard output. */
  readonly text: string
  /** And standard error. */
  readonly all: string
}

export interface Running {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly timeoutMs?: number
  /** Of its standard input. */
  readonly input?: string
}

/** Never rejects: a program that is not there, fails or takes too long has simply not done it. */
export async function command(program: string, args: readonly string[], { cwd, env, timeoutMs = 60_000, input }: Running = {}): Promise<Said> {
  try {
    const running = execute(program, args, { cwd, env: { ...process.env, ...env }, timeout: timeoutMs, maxBuffer: MAX_OUTPUT_BYTES })
    if (input !== undefined) running.child.stdin?.end(input)
    const { stdout, stderr } = await running
    return { ok: true, text: stdout.trim(), all: `${stdout}\n${stderr}`.trim() }
  } catch (error) {
    const said = (stream: 'stdout' | 'stderr'): string => (error instanceof Error && stream in error ? String(Reflect.get(error, stream)) : '')
    return { ok: false, text: said('stdout').trim(), all: `${said('stdout')}\n${said('stderr')}`.trim() }
  }
}

/** Rejects with the end of what it said. */
export async function must(program: string, args: readonly string[], running: Running = {}): Promise<string> {
  const said = await command(program, args, running)
  if (!said.ok) throw new Error(`${program} ${args.slice(0, 4).join(' ')} failed: ${said.all.slice(-2_000)}`)
  return said.text
}

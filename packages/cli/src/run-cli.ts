// One run of the command line: arguments in, exit code out. Everything from outside is passed in, so that tests run it without a process.
import { CommanderError } from 'commander'
import { systemClock } from '@bailiwick/core'
import type { Clock } from '@bailiwick/core'
import { createContext } from './context.ts'
import type { Environment, GlobalOptions } from './context.ts'
import { CliError, EXIT } from './exit-code.ts'
import type { ExitCode } from './exit-code.ts'
import type { FetchLike } from './http/endpoint.ts'
import { outputConfiguration } from './program/help.ts'
import { createProgram } from './program/program.ts'
import { sayError } from './terminal/say-error.ts'
import { openTerminal } from './terminal/terminal.ts'
import type { Stream } from './terminal/terminal.ts'

export interface CliInput {
  /** Without the interpreter and the script. */
  readonly args: readonly string[]
  readonly env: Environment
  readonly cwd: string
  readonly stdout: Stream
  readonly stderr: Stream
  readonly stdin?: AsyncIterable<Uint8Array | string>
  readonly clock?: Clock
  readonly fetch?: FetchLike
}

const VERSION = '0.1.0'

export async function runCli(input: CliInput): Promise<ExitCode> {
  const { args, env, stdout, stderr, clock = systemClock } = input
  const terminalOf = (json: boolean): ReturnType<typeof openTerminal> => openTerminal({ stdout, stderr, env, json })
  const program = createProgram(VERSION, outputConfiguration(input), (options) =>
    createContext(options, {
      env,
      cwd: input.cwd,
      terminal: terminalOf(options.json === true),
      clock,
      fetch: input.fetch ?? ((url, init) => fetch(url, init)),
      stdin: input.stdin,
    }),
  )
  try {
    if (args.length === 0) {
      program.outputHelp()
      return EXIT.ok
    }
    await program.parseAsync([...args], { from: 'user' })
    return EXIT.ok
  } catch (error) {
    // Commander has said what is wrong. Asked-for help and version end well; help shown because something was missing does not.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    const end = error instanceof CliError ? error : new CliError(EXIT.failure, error instanceof Error ? error.message : 'failed', { cause: error })
    if (!end.silent) sayError(terminalOf(program.opts<GlobalOptions>().json === true), end)
    return end.exitCode
  }
}

// One run of the command line: arguments in, exit code out. Everything from outside is passed in, so that tests run it without a process.
import { CommanderError } from 'commander'
import { createContext } from './context.ts'
import type { Environment } from './context.ts'
import { CliError, EXIT } from './exit-code.ts'
import { createProgram } from './program.ts'
import { openTerminal } from './terminal.ts'
import type { Stream } from './terminal.ts'

export interface CliInput {
  /** Without the interpreter and the script. */
  readonly args: readonly string[]
  readonly env: Environment
  readonly cwd: string
  readonly stdout: Stream
  readonly stderr: Stream
}

const VERSION = '0.1.0'

export async function runCli(input: CliInput): Promise<number> {
  const { stdout, stderr, env } = input
  const noColor = (env['NO_COLOR'] ?? '') !== ''
  const program = createProgram(VERSION, (options) =>
    createContext(options, env, input.cwd, openTerminal({ stdout, stderr, noColor, json: options.json === true })),
  )
  const output = { writeOut: (text: string) => void stdout.write(text), writeErr: (text: string) => void stderr.write(text) }
  for (const command of [program, ...program.commands, ...program.commands.flatMap((each) => each.commands)]) command.configureOutput(output).exitOverride()
  try {
    await program.parseAsync([...input.args], { from: 'user' })
    return EXIT.ok
  } catch (error) {
    if (error instanceof CommanderError) {
      // Asked-for help and version end well; help shown because something was missing does not.
      return error.code === 'commander.helpDisplayed' || error.code === 'commander.version' || (error.code === 'commander.help' && error.exitCode === 0)
        ? EXIT.ok
        : EXIT.usage
    }
    if (error instanceof CliError) {
      stderr.write(`bailiwick: ${error.message}\n`)
      return error.exitCode
    }
    stderr.write(`bailiwick: ${error instanceof Error ? error.message : 'failed'}\n`)
    return EXIT.failure
  }
}

// The root of the command line: global options, groups, and what a newcomer reads first. Each command loads what it needs when it runs.
import { Command } from 'commander'
import type { OutputConfiguration } from 'commander'
import type { Context, GlobalOptions } from '../context.ts'
import { addAuditCommands, addDecideCommand, addDecisionCommands } from './audit-commands.ts'
import { EXIT_CODES, HELP_STYLE, repeated } from './help.ts'
import { addDrillCommand } from './drill-command.ts'
import { addConfigCommands, addDoctorCommand, addServeCommand } from './house-commands.ts'
import { addKeysCommands, addOperatorCommands } from './people-commands.ts'
import { addHoldCommands, addRevocationCommands, addRevokeCommand } from './stop-commands.ts'
import { addStoreCommands } from './store-commands.ts'
import { addTaskCommands, addTokenCommands } from './task-commands.ts'
import { addToolsCommands } from './tools-commands.ts'

const DESCRIPTION = `Bailiwick gives every AI agent the exact, short-lived, revocable authority of
one task, and the gateway in front of your tools asks it before every call.

  A person or a program delegates a task to an agent   task create
  the agent gets one short-lived token per resource    token batch
  the gateway asks before each call                    decide
  an operator ends it, and the next call is denied     revoke
  and everything can be read afterwards                decisions tail`

const FOOT = `
Start here:
  $ bailiwick config validate                  is bailiwick.yaml right?
  $ bailiwick doctor                           would it run safely?
  $ bailiwick serve                            run it
  $ bailiwick decisions tail --follow          watch it decide
  $ bailiwick task list --state active         who may do what right now?
  $ bailiwick revoke task ID --reason "why"    stop it

Data goes to stdout, everything else to stderr; --json gives stable shapes.
${EXIT_CODES}`

/** `settings`: of the command's own options; weaker than `--set`. */
export type OpenContext = (settings?: Readonly<Record<string, string>>) => Context

export function createProgram(version: string, output: OutputConfiguration, open: (options: GlobalOptions) => Context): Command {
  const program = new Command('bailiwick')
  const context: OpenContext = (settings = {}) => open({ ...program.opts<GlobalOptions>(), settings })
  program
    .configureOutput(output)
    .configureHelp(HELP_STYLE)
    .exitOverride()
    .description(DESCRIPTION)
    .usage('<command> [options]')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this, or the help of a command')
    .addHelpCommand(new Command('help').argument('[command]').description('print the help of a command').helpGroup('Help'))
    .option('--config <file>', 'the configuration (or BAILIWICK_CONFIG; default: ./bailiwick.yaml)')
    .option('--set <setting=value>', 'override one setting of it; may be repeated', repeated)
    .option('--url <url>', 'where Bailiwick listens (or BAILIWICK_URL; default: from the configuration)')
    .option('--token-file <file>', "the operator's token (or BAILIWICK_OPERATOR_TOKEN_FILE; default: in the data folder)")
    .option('--json', 'machine-readable output')
    .showHelpAfterError('(run with --help for usage)')
    .addHelpText('after', FOOT)
  program.commandsGroup('Run it')
  addServeCommand(program, context)
  addConfigCommands(program, context)
  addDoctorCommand(program, context)
  program.commandsGroup('Delegate')
  addTaskCommands(program, context)
  addTokenCommands(program, context)
  program.commandsGroup('Stop')
  addRevokeCommand(program, context)
  addRevocationCommands(program, context)
  addHoldCommands(program, context)
  addDrillCommand(program, context)
  program.commandsGroup('Look')
  addDecideCommand(program, context)
  addDecisionCommands(program, context)
  addAuditCommands(program, context)
  program.commandsGroup('Keep house')
  addOperatorCommands(program, context)
  addKeysCommands(program, context)
  addStoreCommands(program, context)
  addToolsCommands(program, context)
  return program
}

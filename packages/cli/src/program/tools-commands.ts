// `tools`: the options and the help.
import type { Command } from 'commander'
import { examples, repeated } from './help.ts'
import type { OpenContext } from './program.ts'

export interface ToolsOptions {
  readonly server?: readonly string[]
  readonly names?: string
  readonly file?: string
  readonly bearerFile?: string
  readonly headerFile?: readonly string[]
}

export interface ToolsPinOptions extends ToolsOptions {
  readonly unchecked?: readonly string[]
  readonly check?: boolean
}

function addServerOptions(command: Command): Command {
  return command
    .option('--server <url>', 'the MCP server itself, or name=url for each of those a gateway joins (default: what the configuration says)', repeated)
    .option('--names <own|joined>', 'of several servers: calls arrive with a tool’s own name, or as server_tool (default: tools.names, else own)')
    .option('--file <path>', 'the file of pinned tools (default: tools.file of the resource)')
    .option('--bearer-file <path>', 'send the token in this file; without it the credential of the configuration')
    .option('--header-file <name=path>', 'send a header with the content of a file; repeat for more', repeated)
}

export function addToolsCommands(program: Command, context: OpenContext): void {
  const tools = examples(
    program.command('tools').description('pin the tools of an MCP server to a reviewed file, and see what changed'),
    'bailiwick tools pin payments',
    'bailiwick tools check payments',
  )
  examples(
    addServerOptions(tools.command('pin <resource>').description('write what the server lists now to the file, and show what that changes'))
      .option('--unchecked <tool:pointer>', 'leave this keyword of a schema to the server: it cannot be checked here; repeat for more', repeated)
      .option('--check', 'write nothing: the same as tools check'),
    'bailiwick tools pin payments',
    'bailiwick tools pin payments --server https://payments.internal/mcp --file payments.tools.json --bearer-file ./payments.token',
    'bailiwick tools pin crm --unchecked customer_find:/properties/email/pattern',
    'bailiwick tools pin desk --server tickets=https://tickets.internal/mcp --server crm=https://crm.internal/mcp --names joined --file desk.tools.json',
  ).action(async (resource: string, options: ToolsPinOptions) => {
    const commands = await import('../commands/tools.ts')
    await (options.check === true ? commands.checkTools(context(), resource, options) : commands.pinTools(context(), resource, options))
  })
  examples(
    addServerOptions(tools.command('check <resource>').description('compare what the server lists now with the file; fails when anything changed')),
    'bailiwick tools check payments',
    'bailiwick tools check payments --json | jq .changes',
  ).action(async (resource: string, options: ToolsOptions) => {
    await (await import('../commands/tools.ts')).checkTools(context(), resource, options)
  })
}

// `drill`: the options and the help of trying the kill switch through a gateway.
import { Option } from 'commander'
import type { Command } from 'commander'
import { examples, seconds, wholeNumber } from './help.ts'
import type { OpenContext } from './program.ts'

export interface DrillOptions {
  readonly client: string
  readonly clientKey?: string
  readonly svidFile?: string
  readonly gateway: string
  readonly resource: string
  readonly body?: string
  readonly for: number
  readonly every?: number
  readonly rounds?: number
  readonly metrics?: string
  readonly agentsUrl?: string
  readonly controlUrl?: string
}

export function addDrillCommand(program: Command, context: OpenContext): void {
  examples(
    program
      .command('drill')
      .summary('revoke a task of its own and time the first denial through a gateway')
      .description(
        'revoke a task of its own and time the first denial through a real route of a gateway. Exit 1 when a call is still allowed after the confirmed ' +
          'revocation: a gateway that caches decisions, fails open or has another route is found that way. Exit 4 when nothing could be established',
      )
      .requiredOption('--gateway <url>', 'the resource as agents reach it, such as https://gateway.example.com/payments/mcp')
      .requiredOption('--resource <name>', 'its name in the configuration')
      .requiredOption('--client <id>', 'the agent that acts in the task: one made for drills, with this resource among its own')
      .option('--client-key <file>', 'its private key: PEM or JWK, readable by nobody else')
      .option('--svid-file <file>', 'or its JWT-SVID, in a file that something keeps fresh')
      .option('--body <file>', 'what is posted (default: an MCP ping, which does nothing at the server)')
      .addOption(new Option('--for <duration>', 'how long a call may go on being allowed before the round ends').argParser(seconds).default(10, '10s'))
      .addOption(new Option('--every <duration>', 'again and again, with this long between').argParser(seconds))
      .addOption(new Option('--rounds <n>', 'this many rounds').argParser(wholeNumber(1, 100_000)))
      .option('--metrics <host:port>', 'serve Prometheus metrics there')
      .option('--agents-url <url>', "where the agents' plane listens, if --url names another")
      .option('--control-url <url>', "where control listens, if --url names the agents' plane"),
    'bailiwick drill --gateway https://gateway.example.com/payments/mcp --resource payments \\\n      --client drill-agent --client-key drill-agent.key.json',
    'bailiwick drill ... --every 60s --metrics 127.0.0.1:9464',
  ).action(async (options: DrillOptions) => {
    await (await import('../commands/drill.ts')).drill(context(), options)
  })
}

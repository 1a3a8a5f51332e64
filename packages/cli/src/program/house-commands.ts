// `serve`, `config`, `doctor`: the options and the help.
import type { Command } from 'commander'
import { examples, repeated } from './help.ts'
import type { OpenContext } from './program.ts'

export function addServeCommand(program: Command, context: OpenContext): void {
  examples(
    program
      .command('serve')
      .description('run the services of this process, until a signal: all three, or those the setting services names')
      .option('--service <service>', 'only this one: token-exchange, enrichment or control; may be repeated (or the setting services)', repeated),
    'bailiwick serve --config bailiwick.yaml',
    'bailiwick serve --service enrichment --set node.id=edge-1',
    'bailiwick serve --set log.level=debug',
    'bailiwick serve --json | jq -r .urls.operators',
  ).action(async ({ service }: { readonly service?: readonly string[] }) => {
    await (await import('../commands/serve.ts')).serve(context(service === undefined ? {} : { services: service.join(',') }))
  })
}

export function addConfigCommands(program: Command, context: OpenContext): void {
  const config = examples(
    program.command('config').description('check the configuration and show what it means'),
    'bailiwick config validate --config bailiwick.yaml',
  )
  examples(
    config.command('validate').description('report everything that is wrong with the file, each problem with its place'),
    'bailiwick config validate',
    'bailiwick config validate --config staging.yaml --json',
  ).action(async () => {
    await (await import('../commands/config.ts')).validateConfig(context())
  })
  examples(
    config
      .command('print')
      .description('print the effective configuration as JSON, defaults included')
      .option('--redact', 'secrets are never printed, with or without this'),
    'bailiwick config print | jq .limits',
    'bailiwick config print --set limits.task_lifetime=1d | jq .limits',
  ).action(async () => {
    ;(await import('../commands/config.ts')).printConfig(context())
  })
  examples(config.command('schema').description('print the JSON Schema of the file, for editors'), 'bailiwick config schema > bailiwick.schema.json').action(
    async () => {
      ;(await import('../commands/config.ts')).printSchema(context())
    },
  )
}

export interface DoctorOptions {
  readonly strict?: boolean
  readonly allowUnknown?: boolean
  readonly gateway?: readonly string[]
  readonly probe?: string
  readonly resource?: string
  readonly client?: string
  readonly clientKey?: string
  readonly svidFile?: string
}

export function addDoctorCommand(program: Command, context: OpenContext): void {
  examples(
    program
      .command('doctor')
      .summary('check that all of it is fit to run; changes nothing')
      .description('check that this configuration, its data folder and what it depends on are fit to run; changes nothing')
      .option('--strict', 'warnings fail too')
      .option('--allow-unknown', 'what could not be checked does not fail')
      .option('--gateway <files...>', 'check these configuration files of gateways instead')
      .option('--probe <url>', 'ask through this gateway twice, with a revocation between, instead: finds one that remembers decisions')
      .option('--resource <name>', 'with --probe: the resource behind the URL')
      .option('--client <id>', 'with --probe: the agent that asks, with this resource among its own')
      .option('--client-key <file>', 'with --probe: its private key')
      .option('--svid-file <file>', 'with --probe: or its JWT-SVID'),
    'bailiwick doctor --config bailiwick.yaml',
    'bailiwick doctor --gateway /etc/nginx/nginx.conf',
    'bailiwick doctor --probe https://gateway.example.com/payments/mcp --resource payments \\\n      --client drill-agent --client-key drill-agent.key.json',
    'bailiwick doctor --json | jq \'.findings[] | select(.status == "refuse")\'',
  ).action(async (options: DoctorOptions) => {
    await (await import('../commands/doctor.ts')).doctor(context(), options)
  })
}

// The commands, their options and their help. Each loads what it needs when it runs: `bailiwick --help` starts no service.
import { Command, Option } from 'commander'
import type { Context } from './context.ts'
import type { GlobalOptions } from './context.ts'
import type { RevokeOptions } from './commands/revoke.ts'
import type { TailOptions } from './commands/decisions.ts'
import type { TaskListOptions } from './commands/task.ts'

export function createProgram(version: string, open: (options: GlobalOptions) => Context): Command {
  const program = new Command('bailiwick')
  const context = (): Context => open(program.opts<GlobalOptions>())
  program
    .description('Gives every AI agent the exact, short-lived, revocable authority of one task.')
    .version(version)
    .option('--config <file>', 'the configuration (or BAILIWICK_CONFIG; default ./bailiwick.yaml)')
    .option('--set <setting=value>', 'overrides a scalar setting; may be repeated', (text: string, before: readonly string[]) => [...before, text], [])
    .option('--url <url>', 'where control listens (or BAILIWICK_URL; default from the configuration)')
    .option('--token-file <file>', 'the operator token (or BAILIWICK_OPERATOR_TOKEN_FILE; default in the data folder)')
    .option('--json', 'machine-readable output')
    .showHelpAfterError('(run with --help for usage)')
    .exitOverride()
    .addHelpText('after', '\nExit codes: 0 ok, 1 failure, 2 usage, 3 denied, 4 unreachable')
  const examples = (command: Command, ...lines: readonly string[]): Command =>
    command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`)
  examples(
    program,
    'bailiwick serve --config bailiwick.yaml',
    'bailiwick revoke task task_0190... --reason "wrong ticket"',
    'bailiwick decisions tail --follow',
  )

  examples(
    program.command('serve').description('runs the three services in one process'),
    'bailiwick serve --config bailiwick.yaml',
    'bailiwick serve --set log.level=debug',
  ).action(async () => {
    await (await import('./commands/serve.ts')).serve(context())
  })

  const config = examples(program.command('config').description('checks and shows the configuration'), 'bailiwick config validate --config bailiwick.yaml')
  examples(
    config.command('validate').description('reports everything that is wrong with the file'),
    'bailiwick config validate --config bailiwick.yaml',
  ).action(async () => {
    ;(await import('./commands/config.ts')).validateConfig(context())
  })
  examples(
    config.command('print').description('prints the effective configuration, defaults included').option('--redact', 'secrets are never printed; this says so'),
    'bailiwick config print --redact',
  ).action(async () => {
    ;(await import('./commands/config.ts')).printConfig(context())
  })
  examples(config.command('schema').description('prints the JSON Schema of the file'), 'bailiwick config schema > bailiwick.schema.json').action(async () => {
    ;(await import('./commands/config.ts')).printSchema(context())
  })

  const audit = examples(program.command('audit').description('the journal'), 'bailiwick audit verify')
  examples(
    audit.command('verify').description('verifies the hash chain of a journal').option('--file <file>', 'the journal (default: from the configuration)'),
    'bailiwick audit verify --file ./data/audit.db',
  ).action(async (options: { readonly file?: string }) => {
    await (await import('./commands/audit.ts')).verifyAudit(context(), options)
  })

  examples(
    program
      .command('revoke')
      .description('ends authority: of a task, or of everything older for an agent, user, client, operator, workload, resource, key, or everything')
      .argument('<kind>', 'task agent user client operator workload resource key everything')
      .argument('[id]', 'whose authority; not needed for everything')
      .requiredOption('--reason <text>', 'kept in the audit')
      .option('--hold', 'refuse new work in this scope too, until another operator lifts it')
      .option('--no-hold', 'let new work start (default depends on the kind)')
      .option('--dry-run', 'only count what would end'),
    'bailiwick revoke task task_01932c1e-... --reason "wrong ticket"',
    'bailiwick revoke agent client:refund-agent --reason "misbehaving" --hold',
    'bailiwick revoke user corp:alice --reason "account taken over" --dry-run',
    'bailiwick revoke everything --reason "stop"',
  ).action(async (kind: string, id: string | undefined, options: RevokeOptions) => {
    await (await import('./commands/revoke.ts')).revoke(context(), kind, id, options)
  })

  const hold = examples(program.command('hold').description('holds on new work'), 'bailiwick hold lift rev_01932c1e-...')
  examples(
    hold
      .command('lift')
      .description('lets new work start again; revives nothing')
      .argument('<revocation-id>')
      .option('--offline', 'on the data folder of a stopped service, where there is one operator only'),
    'bailiwick hold lift rev_01932c1e-...',
    'bailiwick hold lift rev_01932c1e-... --offline',
  ).action(async (id: string, options: { readonly offline?: boolean }) => {
    if (options.offline === true) await (await import('./commands/lift-offline.ts')).liftHoldOffline(context(), id)
    else await (await import('./commands/revoke.ts')).liftHold(context(), id)
  })

  const task = examples(program.command('task').description('tasks'), 'bailiwick task list --state active')
  examples(
    task
      .command('list')
      .description('lists tasks, newest first')
      .addOption(new Option('--state <state>', 'only these').choices(['active', 'ended']))
      .option('--sub <sub>', 'of this subject')
      .option('--agent <id>', 'of this agent')
      .option('--parent <task-id>', 'children of this task')
      .option('--limit <n>', '1 to 200')
      .option('--cursor <cursor>', 'the next page'),
    'bailiwick task list --state active --sub corp:alice',
    'bailiwick task list --json | jq .items',
  ).action(async (options: TaskListOptions) => {
    await (await import('./commands/task.ts')).listTasks(context(), options)
  })
  examples(task.command('show').description('shows one task').argument('<task-id>'), 'bailiwick task show task_01932c1e-...').action(async (id: string) => {
    await (await import('./commands/task.ts')).showTask(context(), id)
  })

  const decisions = examples(program.command('decisions').description('what was decided'), 'bailiwick decisions tail --follow --effect deny')
  examples(
    decisions
      .command('tail')
      .description('prints the newest decisions, oldest first')
      .option('-n, --lines <n>', 'how many (1 to 200)', '20')
      .option('-f, --follow', 'and every new one, until interrupted')
      .option('--kind <kind>')
      .addOption(new Option('--effect <effect>').choices(['allow', 'deny', 'shadow_allow']))
      .option('--reason <reason>')
      .option('--task <task-id>')
      .option('--sub <sub>')
      .option('--resource <name>'),
    'bailiwick decisions tail -n 50 --effect deny',
    'bailiwick decisions tail --follow --task task_01932c1e-... --json',
  ).action(async (options: TailOptions) => {
    await (await import('./commands/decisions.ts')).tailDecisions(context(), options)
  })
  examples(
    decisions.command('show').description('shows every record of one decision').argument('<decision-id>'),
    'bailiwick decisions show dec_01932c1e-...',
  ).action(async (id: string) => {
    await (await import('./commands/decisions.ts')).showDecision(context(), id)
  })

  const operator = examples(program.command('operator').description('operators of this data folder'), 'bailiwick operator rotate')
  examples(
    operator.command('rotate').description("replaces an operator's token").argument('[name]', 'default: operator'),
    'bailiwick operator rotate',
    'bailiwick operator rotate second',
  ).action(async (name: string | undefined) => {
    ;(await import('./commands/operator.ts')).rotateOperator(context(), name)
  })
  examples(
    operator.command('add').description('makes a token for an operator that control.operators lists').argument('<name>'),
    'bailiwick operator add second',
  ).action(async (name: string) => {
    ;(await import('./commands/operator.ts')).addOperator(context(), name)
  })
  return program
}

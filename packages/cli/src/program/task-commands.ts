// `task` and `token`: the options and the help. No token is ever an argument: arguments are in the shell's history and in `ps`.
import { Option } from 'commander'
import type { Command } from 'commander'
import type { SubjectOptions } from '../credentials/caller.ts'
import type { ClientOptions } from '../credentials/client-credential.ts'
import { TOKEN_TYPES } from '../credentials/token-input.ts'
import type { TokenType } from '../credentials/token-input.ts'
import { examples, oneOf, repeated, seconds, wholeNumber } from './help.ts'
import type { OpenContext } from './program.ts'

export interface TaskListOptions {
  readonly state?: 'active' | 'ended'
  readonly sub?: string
  readonly agent?: string
  readonly parent?: string
  readonly limit?: number
  readonly cursor?: string
}

export interface TaskCreateOptions extends ClientOptions, SubjectOptions {
  readonly agent?: string
  readonly resource?: readonly string[]
  readonly bind?: readonly string[]
  readonly purpose?: string
  readonly lifetime?: number
  readonly parent?: string
  readonly out?: string
  readonly printToken?: boolean
}

export interface TaskCompleteOptions extends ClientOptions, SubjectOptions {}

export interface ExchangeOptions extends ClientOptions, SubjectOptions {
  readonly actorTokenFile?: string
  readonly actorTokenType?: TokenType
  readonly task?: string
  readonly out?: string
  readonly printToken?: boolean
}

export interface ExchangeOneOptions extends ExchangeOptions {
  readonly resource: string
  readonly scope?: string
}

export interface ExchangeBatchOptions extends ExchangeOptions {
  readonly resource?: readonly string[]
}

function addClientOptions(command: Command): Command {
  return command
    .option('--client <id>', 'act as this client of the configuration, with its key')
    .option('--client-key <file>', 'its private key: PEM or JWK, readable by nobody else')
    .option('--svid-file <file>', 'or prove the client by its JWT-SVID')
}

function addSubjectOptions(command: Command): Command {
  return command
    .option('--subject-token-file <file>', "on whose authority: a task token, a runtime token, the user's token (- reads stdin)")
    .addOption(new Option('--subject-token-type <type>', 'what it is; told from the token when left out').argParser(oneOf(TOKEN_TYPES)))
}

export function addTaskCommands(program: Command, context: OpenContext): void {
  const task = examples(
    program.command('task').description('create, list, show, complete tasks: the units of authority'),
    'bailiwick task list --state active',
    'bailiwick task create --agent triage-agent --resource tickets -o triage.task',
  )
  const create = task
    .command('create')
    .description('create a task, as the operator, or as a client with its key')
    .option('--agent <client-id>', 'who may act in it')
    .option('--resource <name>', 'what it may use at most; repeat for more', repeated)
    .option('--bind <key=value>', 'a fact it is tied to; key:=value for a number or boolean; repeat for more', repeated)
    .option('--purpose <text>', 'why, for people and the audit')
    .option('--lifetime <duration>', 'how long it lives (default: 1h)', seconds)
    .option('--parent <task-id>', "make it a child of this task, with that task's own token")
  addSubjectOptions(addClientOptions(create))
    .option('-o, --out <file>', 'keep the task token here, 0600')
    .option('--print-token', 'print the task token on stdout')
  examples(
    create,
    'bailiwick task create --agent triage-agent --resource tickets --resource crm --lifetime 30m -o triage.task',
    'bailiwick task create --client support-portal --client-key portal.key --subject-token-file alice.jwt \\',
    '    --agent refund-agent --resource payments --bind ticket_id=T-1042 -o refund.task',
  ).action(async (options: TaskCreateOptions) => {
    await (await import('../commands/task-create.ts')).createTask(context(), options)
  })
  examples(
    task
      .command('list')
      .description('list tasks, newest first')
      .addOption(new Option('--state <state>', 'only active or ended ones').argParser(oneOf(['active', 'ended'])))
      .option('--sub <sub>', 'of this subject, such as corp:alice')
      .option('--agent <id>', 'of this agent, such as client:refund-agent')
      .option('--parent <task-id>', 'children of this task')
      .option('--limit <n>', 'how many, up to 200', wholeNumber(1, 200))
      .option('--cursor <cursor>', 'the next page'),
    'bailiwick task list --state active --sub corp:alice',
    "bailiwick task list --json | jq -r '.items[].id'",
  ).action(async (options: TaskListOptions) => {
    await (await import('../commands/task.ts')).listTasks(context(), options)
  })
  examples(
    task.command('show').description('show one task: for whom, by whom, tied to what, alive or why not').argument('<task-id>'),
    'bailiwick task show task_01932c1e-...',
  ).action(async (id: string) => {
    await (await import('../commands/task.ts')).showTask(context(), id)
  })
  const complete = task
    .command('complete')
    .description('end a task as done, with its children: as the client that created it, or as its agent')
    .argument('<task-id>')
  examples(
    addSubjectOptions(addClientOptions(complete)),
    'bailiwick task complete task_01932c1e-... --client support-portal --client-key portal.key',
    'bailiwick task complete task_01932c1e-... --client refund-agent --client-key agent.key \\',
    '    --subject-token-file refund.task',
  ).action(async (id: string, options: TaskCompleteOptions) => {
    await (await import('../commands/task-complete.ts')).completeTask(context(), id, options)
  })
}

export function addTokenCommands(program: Command, context: OpenContext): void {
  const token = examples(
    program.command('token').description('exchange as an agent would; look into a token'),
    'bailiwick token inspect payments.token',
    'bailiwick token batch --client refund-agent --client-key agent.key --subject-token-file refund.task',
  )
  const exchange = addSubjectOptions(
    addClientOptions(
      token.command('exchange').description('get one runtime token, for one resource').requiredOption('--resource <name-or-uri>', 'what it is for'),
    ),
  )
  addExchangeOptions(exchange)
    .option('--scope <scopes>', 'scopes of the resource, separated by spaces')
    .option('-o, --out <file>', 'keep the token here, 0600')
    .option('--print-token', 'print the token on stdout, and everything else on stderr')
  examples(
    exchange,
    'bailiwick token exchange --client refund-agent --client-key agent.key --subject-token-file refund.task \\',
    '    --resource payments -o payments.token',
    'bailiwick token exchange --svid-file svid.jwt --resource tickets --print-token',
  ).action(async (options: ExchangeOneOptions) => {
    await (await import('../commands/token-exchange.ts')).exchangeToken(context(), options)
  })
  const batch = addSubjectOptions(
    addClientOptions(
      token
        .command('batch')
        .description('get one runtime token for each resource of the task, in one call')
        .option('--resource <name-or-uri>', 'only these; repeat for more (default: all of the task)', repeated),
    ),
  )
  addExchangeOptions(batch)
    .option('-o, --out <folder>', 'keep each token here as <resource>.token, 0600')
    .option('--print-token', 'print one "<resource> <token>" a line on stdout, and everything else on stderr')
  examples(
    batch,
    'bailiwick token batch --client refund-agent --client-key agent.key --subject-token-file refund.task -o tokens',
    'bailiwick token batch --svid-file svid.jwt --json',
  ).action(async (options: ExchangeBatchOptions) => {
    await (await import('../commands/token-exchange.ts')).exchangeBatch(context(), options)
  })
  examples(
    token
      .command('inspect')
      .description('explain a token: each claim, its lifetime, what it is good for. Verifies only with --config, and only tokens of ours')
      .argument('[file]', 'a file with the token and nothing else (- or nothing reads stdin)', '-'),
    'bailiwick token inspect payments.token',
    'pbpaste | bailiwick token inspect',
    'bailiwick token inspect payments.token --config bailiwick.yaml',
  ).action(async (file: string) => {
    await (await import('../commands/token-inspect.ts')).inspectToken(context(), file)
  })
}

function addExchangeOptions(command: Command): Command {
  return command
    .option('--actor-token-file <file>', 'a token that proves who acts, besides the client')
    .addOption(new Option('--actor-token-type <type>', 'what it is; told from the token when left out').argParser(oneOf(TOKEN_TYPES)))
    .option('--task <task-id>', "the task, with a user's token as the subject")
}

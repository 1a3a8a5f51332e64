// `decide`, `decisions`, `audit`: the options and the help of looking.
import { Option } from 'commander'
import type { Command } from 'commander'
import { examples, oneOf, wholeNumber } from './help.ts'
import type { OpenContext } from './program.ts'

export interface DecideOptions {
  readonly runtimeTokenFile?: string
  readonly gatewayKeyFile?: string
  readonly controlUrl?: string
  readonly explain: boolean
}

export interface TailOptions {
  readonly lines: number
  readonly follow?: boolean
  readonly all?: boolean
  readonly kind?: string
  readonly effect?: string
  readonly reason?: string
  readonly task?: string
  readonly sub?: string
  readonly resource?: string
}

export interface VerifyOptions {
  readonly file?: string
  readonly shipped?: string
}

export interface ReportOptions {
  readonly shadow?: boolean
  readonly resource?: string
  readonly records: number
}

const KINDS = ['decision', 'enrichment', 'exchange', 'introspection', 'task', 'revocation', 'audit_read', 'operator', 'refusals', 'store'] as const
const EFFECTS = ['allow', 'deny', 'shadow_allow'] as const

export function addDecideCommand(program: Command, context: OpenContext): void {
  examples(
    program
      .command('decide')
      .summary('ask one question as a gateway would, and explain the answer')
      .description('ask one question as a gateway would, and explain the answer: what was asked, what was added, which rule, what the agent sees')
      .argument('[file]', 'the question as JSON, as POST /v1/decide takes it (- or nothing reads stdin)', '-')
      .option('--runtime-token-file <file>', 'the token of the question, so that the question itself holds no secret')
      .option('--gateway-key-file <file>', 'the shared secret of a gateway with the v1 door; none for a loopback gateway in development')
      .option('--control-url <url>', "where control listens, if --url names the gateways' plane")
      .option('--no-explain', 'only the verdict: needs no operator token'),
    'bailiwick decide refund.json --runtime-token-file payments.token',
    `echo '{"resource":"payments","mcp":{"method":"tools/call","version":"2025-06-18","params":{"name":"refund_issue",`,
    `    "arguments":{"ticket_id":"T-1042","amount_cents":900000}}}}' | bailiwick decide --runtime-token-file payments.token`,
  ).action(async (file: string, options: DecideOptions) => {
    await (await import('../commands/decide.ts')).decide(context(), file, options)
  })
}

export function addDecisionCommands(program: Command, context: OpenContext): void {
  const decisions = examples(program.command('decisions').description('what was decided, for whom and why'), 'bailiwick decisions tail --follow --effect deny')
  examples(
    decisions
      .command('tail')
      .description('print the newest records, oldest first')
      .addOption(new Option('-n, --lines <n>', 'how many, up to 200').argParser(wholeNumber(1, 200)).default(20))
      .option('-f, --follow', 'and every new one, until interrupted')
      .option('--all', 'reads of the audit itself too; they are left out otherwise')
      .addOption(new Option('--kind <kind>', 'decision, exchange, task, revocation...').argParser(oneOf(KINDS)))
      .addOption(new Option('--effect <effect>', 'allow, deny or shadow_allow').argParser(oneOf(EFFECTS)))
      .option('--reason <reason>', 'such as policy_denied or task_revoked')
      .option('--task <task-id>', 'of this task')
      .option('--sub <sub>', 'on whose authority, such as corp:alice')
      .option('--resource <name>', 'at this resource'),
    'bailiwick decisions tail -n 50 --effect deny',
    'bailiwick decisions tail --follow --task task_01932c1e-... --json',
  ).action(async (options: TailOptions) => {
    await (await import('../commands/decisions.ts')).tailDecisions(context(), options)
  })
  examples(
    decisions
      .command('report')
      .description('what enforcing would have stopped: the calls that resources in shadow mode let pass, by resource, call, reason and agent')
      .requiredOption('--shadow', 'the only report there is')
      .option('--resource <name>', 'at this resource')
      .addOption(new Option('--records <n>', 'read at most this many, the newest').argParser(wholeNumber(1, 100_000)).default(10_000)),
    'bailiwick decisions report --shadow --resource payments',
  ).action(async (options: ReportOptions) => {
    await (await import('../commands/shadow-report.ts')).reportShadow(context(), options)
  })
  examples(
    decisions.command('show').description('show everything the audit holds of one decision').argument('<decision-id>', 'the id, or last-denied'),
    'bailiwick decisions show dec_01932c1e-...',
    'bailiwick decisions show last-denied',
  ).action(async (id: string) => {
    await (await import('../commands/decisions.ts')).showDecision(context(), id)
  })
}

export function addAuditCommands(program: Command, context: OpenContext): void {
  const audit = examples(program.command('audit').description('the journal itself'), 'bailiwick audit verify')
  examples(
    audit
      .command('verify')
      .description('verify the hash chain of a journal, and of the copies control keeps of other nodes; works on a backup, and beside a running service')
      .option('--file <file>', 'the journal (default: from the configuration, with shipped.db of the data folder where there is one)')
      .option('--shipped <file>', 'instead: the copies of the nodes'),
    'bailiwick audit verify',
    'bailiwick audit verify --file /backup/audit.db',
    'bailiwick audit verify --shipped /backup/shipped.db',
  ).action(async (options: VerifyOptions) => {
    await (await import('../commands/audit.ts')).verifyAudit(context(), options)
  })
}

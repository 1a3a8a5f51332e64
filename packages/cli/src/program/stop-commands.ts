// `revoke`, `revocation`, `hold`: the options and the help of the kill switch.
import { Option } from 'commander'
import type { Command } from 'commander'
import { examples, seconds, wholeNumber } from './help.ts'
import type { OpenContext } from './program.ts'

export interface RevokeOptions {
  readonly reason: string
  readonly hold?: boolean
  readonly dryRun?: boolean
  readonly wait?: boolean
  readonly timeout: number
}

export interface RevocationListOptions {
  readonly holds?: boolean
  readonly limit?: number
  readonly cursor?: string
}

export interface RevocationShowOptions {
  readonly wait?: boolean
  readonly timeout: number
}

const timeout = (): Option => new Option('--timeout <duration>', 'with --wait: how long').argParser(seconds).default(60, '1m')

export function addRevokeCommand(program: Command, context: OpenContext): void {
  examples(
    program
      .command('revoke')
      .summary('end authority: of a task, an agent, a user, a resource, everything')
      .description(
        'end authority: one task with its children, or everything older of an agent, user, client, operator, workload, resource, key, or everything. ' +
          'When it says confirmed, the next call is denied on every node',
      )
      .argument('<kind>', 'task, agent, user, client, operator, workload, resource, key or everything')
      .argument('[id]', 'whose: task_..., client:<id>, <alias>:<id>...; none for everything')
      .requiredOption('--reason <text>', 'why; kept in the audit')
      .option('--hold', 'refuse new work there too, until another operator lifts it')
      .option('--no-hold', 'let new work start (which of the two is the default depends on the kind)')
      .option('--dry-run', 'only count what would end')
      .option('--wait', 'until it is confirmed, and every node has been seen to have read it')
      .addOption(timeout()),
    'bailiwick revoke task task_01932c1e-... --reason "wrong ticket"',
    'bailiwick revoke agent client:refund-agent --reason "misbehaving" --hold --wait',
    'bailiwick revoke user corp:alice --reason "account taken over" --dry-run',
    'bailiwick revoke everything --reason "stop"',
  ).action(async (kind: string, id: string | undefined, options: RevokeOptions) => {
    await (await import('../commands/revoke.ts')).revoke(context(), kind, id, options)
  })
}

export function addRevocationCommands(program: Command, context: OpenContext): void {
  const revocation = examples(program.command('revocation').description('what was revoked, and whether it is confirmed'), 'bailiwick revocation list --holds')
  examples(
    revocation
      .command('list')
      .description('list revocations, newest first')
      .option('--holds', 'only holds that are still in force')
      .option('--limit <n>', 'how many, up to 200', wholeNumber(1, 200))
      .option('--cursor <cursor>', 'the next page'),
    'bailiwick revocation list',
    'bailiwick revocation list --holds',
  ).action(async (options: RevocationListOptions) => {
    await (await import('../commands/revocation.ts')).listRevocations(context(), options)
  })
  examples(
    revocation.command('show').description('show one revocation').argument('<revocation-id>').option('--wait', 'until it is confirmed').addOption(timeout()),
    'bailiwick revocation show rev_01932c1e-...',
    'bailiwick revocation show rev_01932c1e-... --wait',
  ).action(async (id: string, options: RevocationShowOptions) => {
    await (await import('../commands/revocation.ts')).showRevocation(context(), id, options)
  })
}

export function addHoldCommands(program: Command, context: OpenContext): void {
  const hold = examples(program.command('hold').description('let new work start again after a revocation with a hold'), 'bailiwick hold lift rev_01932c1e-...')
  examples(
    hold
      .command('lift')
      .description('lift a hold: new work may start again. Revives nothing')
      .argument('<revocation-id>')
      .option('--offline', 'on the data folder of a stopped service, where there is one operator only'),
    'bailiwick hold lift rev_01932c1e-...',
    'bailiwick hold lift rev_01932c1e-... --offline',
  ).action(async (id: string, options: { readonly offline?: boolean }) => {
    if (options.offline === true) await (await import('../commands/lift-offline.ts')).liftHoldOffline(context(), id)
    else await (await import('../commands/revocation.ts')).liftHold(context(), id)
  })
}

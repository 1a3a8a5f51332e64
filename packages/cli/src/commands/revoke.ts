// `bailiwick revoke` and `bailiwick hold lift`: the kill switch from a shell. Success is printed only for what control confirmed.
import { REVOCATION_KINDS } from '@bailiwick/core'
import { nearest } from '@bailiwick/config'
import type { Context } from '../context.ts'
import type { Answer, Json } from '../control-client.ts'
import { isJson } from '../control-client.ts'
import { CliError, EXIT } from '../exit-code.ts'
import { clean } from '../terminal.ts'

export interface RevokeOptions {
  readonly reason: string
  readonly hold?: boolean
  readonly dryRun?: boolean
}

export async function revoke(context: Context, kind: string, id: string | undefined, options: RevokeOptions): Promise<void> {
  if (!REVOCATION_KINDS.some((known) => known === kind)) {
    const suggestion = nearest(kind, REVOCATION_KINDS)
    throw new CliError(
      EXIT.usage,
      `there is no kind "${clean(kind)}"; one of ${REVOCATION_KINDS.join(', ')}${suggestion === undefined ? '' : `; did you mean ${suggestion}?`}`,
    )
  }
  const scopeId = id ?? (kind === 'everything' ? '*' : undefined)
  if (scopeId === undefined) throw new CliError(EXIT.usage, `revoke ${kind} needs an id: ${ID_OF[kind] ?? 'an id'}`)
  const answer = await context.control().post('/v1/revocations', {
    scope: { kind, id: scopeId },
    reason: options.reason,
    ...(options.hold === undefined ? {} : { hold: options.hold }),
    ...(options.dryRun === true ? { dry_run: true } : {}),
  })
  const { terminal } = context
  if (terminal.json) terminal.value(answer.body)
  const affected = isJson(answer.body['affected']) ? String(answer.body['affected']['tasks']) : '?'
  if (options.dryRun === true) {
    if (!terminal.json) terminal.data(`would end ${affected} live ${affected === '1' ? 'task' : 'tasks'}; nothing was recorded`)
    return
  }
  requireConfirmed(answer, 'the revocation')
  if (terminal.json) return
  terminal.data(
    `${terminal.good('confirmed')}  ${text(answer.body, 'id')}  ended ${affected} live ${affected === '1' ? 'task' : 'tasks'}, durability ${text(answer.body, 'durability')}, ${String(answer.body['elapsed_ms'])} ms`,
  )
  if (answer.body['hold'] === true) terminal.say(`new work is on hold until another operator runs: bailiwick hold lift ${text(answer.body, 'id')}`)
  if (answer.body['can_restart'] === true) terminal.say(terminal.bad('the agent starts its own tasks and nothing holds it: it can start again (use --hold)'))
}

const ID_OF: Readonly<Record<string, string>> = {
  task: 'task_...',
  agent: 'client:<client id> or a SPIFFE ID',
  user: '<alias>:<id>',
  client: 'a client id',
  operator: 'operator:<name>',
  workload: 'a SPIFFE ID or a prefix of whole segments',
  resource: 'a resource name',
  key: 'a kid',
}

export async function liftHold(context: Context, id: string): Promise<void> {
  const answer = await context.control().post(`/v1/revocations/${encodeURIComponent(id)}/lift`, {})
  if (context.terminal.json) context.terminal.value(answer.body)
  requireConfirmed(answer, 'the lift')
  if (!context.terminal.json) context.terminal.data(`${context.terminal.good('confirmed')}  new work may start again; what was ended stays ended`)
}

/** 202, or anything that does not say `confirmed`, is not success: a failover could still lose it. */
function requireConfirmed(answer: Answer, what: string): void {
  if (answer.status === 200 && answer.body['status'] === 'confirmed') return
  throw new CliError(
    EXIT.failure,
    `${what} was written but is NOT CONFIRMED: a failover could lose it. Bailiwick keeps trying; run the command again to be sure`,
  )
}

function text(body: Json, name: string): string {
  const value = body[name]
  return typeof value === 'string' ? clean(value) : '?'
}

// `bailiwick revoke`: the kill switch from a shell. Success is printed only for what control confirmed.
import { REVOCATION_IDS, REVOCATION_KINDS } from '@bailiwick/core'
import type { RevocationScope } from '@bailiwick/core'
import { nearest } from '@bailiwick/config'
import type { Context } from '../context.ts'
import { CliError, EXIT } from '../exit-code.ts'
import type { Answer, Endpoint } from '../http/endpoint.ts'
import { refused } from '../http/refusal.ts'
import { at, pick, textAt } from '../http/json.ts'
import { quoted } from '../program/help.ts'
import type { RevokeOptions } from '../program/stop-commands.ts'
import { durabilityOf, isConfirmed } from './confirmed.ts'
import { waitUntilConfirmed } from './wait-until-confirmed.ts'
import { waitUntilNodesConfirm } from './wait-until-nodes-confirm.ts'

export async function revoke(context: Context, kind: string, id: string | undefined, options: RevokeOptions): Promise<void> {
  const scope = toScope(kind, id)
  const { reason, hold, dryRun } = options
  const control = context.control()
  const { terminal } = context
  // 503 is an answer too: whether it was recorded is not known, and it is tried again under the id in the answer.
  const answer = await control.post(
    '/v1/revocations',
    { scope: { ...scope }, reason, ...(hold === undefined ? {} : { hold }), ...(dryRun === true ? { dry_run: true } : {}) },
    [503],
  )
  if (dryRun === true) {
    if (answer.status !== 200) throw refused(answer.status, answer.body)
    if (terminal.json) return terminal.value(answer.body)
    return terminal.data(`would end ${tasksOf(answer)}${answer.body['hold'] === true ? ' and hold new work' : ''}; nothing was recorded`)
  }
  const rev = textAt(answer.body, 'id')
  if (rev === undefined) throw refused(answer.status, answer.body)
  if (options.wait !== true) {
    if (terminal.json) terminal.value(answer.body)
    if (!isConfirmed(answer)) throw notConfirmed(rev)
    return terminal.json ? undefined : tell(context, answer)
  }
  const settled = isConfirmed(answer) ? answer : await settle(context, control, answer, rev, options.timeout)
  if (!terminal.json) tell(context, settled)
  const body = await waitUntilNodesConfirm(context, control, settled.body, options.timeout)
  // What was said at once, over what is known now.
  if (terminal.json) terminal.value({ ...settled.body, ...body })
}

async function settle(context: Context, control: Endpoint, answer: Answer, id: string, timeout: number): Promise<Answer> {
  context.terminal.say(context.terminal.err.warn(`${id} is not confirmed yet; waiting`))
  const settled = await waitUntilConfirmed(context, control, id, timeout)
  return { status: settled.status, body: { ...answer.body, ...settled.body } }
}

function toScope(text: string, id: string | undefined): RevocationScope {
  const kind = REVOCATION_KINDS.find((known) => known === text)
  if (kind === undefined) {
    const suggestion = text.startsWith('task_') ? `task ${text}` : nearest(text, REVOCATION_KINDS)
    throw new CliError(
      EXIT.usage,
      `there is no kind ${quoted(text)}; one of ${REVOCATION_KINDS.join(', ')}${suggestion === undefined ? '' : `; did you mean ${quoted(suggestion)}?`}`,
    )
  }
  const scopeId = id ?? (kind === 'everything' ? '*' : undefined)
  if (scopeId === undefined) throw new CliError(EXIT.usage, `revoke ${kind} needs an id: ${REVOCATION_IDS[kind]}`)
  return { kind, id: scopeId }
}

export function notConfirmed(id: string): CliError {
  return new CliError(
    EXIT.failure,
    `${id} is NOT CONFIRMED: it may be written, and a failover could lose it. Bailiwick keeps trying; watch it with: bailiwick revocation show ${id} --wait`,
  )
}

function tell({ terminal }: Context, answer: Answer): void {
  const { body } = answer
  const id = pick(body, 'id')
  const took = at(body, 'elapsed_ms')
  terminal.data(
    `${terminal.good('confirmed')}  ${id}  ended ${tasksOf(answer)}, durability ${durabilityOf(body)}${typeof took === 'number' ? `, ${took.toFixed(1)} ms` : ''}`,
  )
  if (body['hold'] === true) terminal.say(`new work is on hold until another operator runs: bailiwick hold lift ${id}`)
  if (body['can_restart'] === true) terminal.say(terminal.err.bad('the agent starts its own tasks and nothing holds it: it can start again (use --hold)'))
}

function tasksOf({ body }: Answer): string {
  const count = at(body, 'affected', 'tasks')
  return `${typeof count === 'number' ? count : '?'} live ${count === 1 ? 'task' : 'tasks'}`
}

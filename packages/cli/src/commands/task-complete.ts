// `bailiwick task complete`: a task ended as done, by whom the policy lets: the client that created it, or its own agent with its own task token.
import type { Context } from '../context.ts'
import { atControl, readCaller, warn } from '../credentials/caller.ts'
import { CliError } from '../exit-code.ts'
import { pick } from '../http/json.ts'
import type { TaskCompleteOptions } from '../program/task-commands.ts'
import { requireConfirmed } from './confirmed.ts'

export async function completeTask(context: Context, id: string, options: TaskCompleteOptions): Promise<void> {
  const { terminal } = context
  const caller = await readCaller(context, options)
  const { endpoint, members } = await atControl(context, caller)
  const answer = await endpoint.post(`/v1/tasks/${encodeURIComponent(id)}/complete`, members).catch((error: unknown) => {
    if (caller.client === undefined && error instanceof CliError && error.refusal?.reason === 'policy_denied') {
      warn(context, 'the shipped policies let operators revoke, and clients complete: --client with --client-key, or --svid-file')
    }
    throw error
  })
  if (terminal.json) terminal.value(answer.body)
  requireConfirmed(answer, 'the completion')
  if (!terminal.json)
    terminal.data(`${terminal.good('completed')}  ${pick(answer.body, 'task', 'id')}  with its children; durability ${pick(answer.body, 'durability')}`)
}

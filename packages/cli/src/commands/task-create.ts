// `bailiwick task create`: a task made by an operator, by a launcher with the user's token, or by the parent's agent. Its task token is
// kept in a file or printed when asked, and never otherwise.
import type { JsonObject, JsonScalar } from '@bailiwick/core'
import type { Context } from '../context.ts'
import { atControl, readCaller } from '../credentials/caller.ts'
import { CliError, EXIT } from '../exit-code.ts'
import { writeSecretFile } from '../files.ts'
import { objectAt } from '../http/json.ts'
import { quoted } from '../program/help.ts'
import type { TaskCreateOptions } from '../program/task-commands.ts'
import { describeTask } from './task.ts'

export async function createTask(context: Context, options: TaskCreateOptions): Promise<void> {
  const { terminal } = context
  const { out, printToken = false } = options
  // Asked before anything is made: nobody can use a task whose token is gone.
  if (out === undefined && !printToken) throw new CliError(EXIT.usage, 'where should the task token go? -o <file> keeps it (0600), --print-token prints it')
  const request = toRequest(options)
  const caller = await readCaller(context, options)
  if (caller.client === undefined && options.parent !== undefined)
    throw new CliError(EXIT.usage, "a child is made by the agent of its parent: --client-key or --svid-file, and the parent's task token")
  const { endpoint, members } = await atControl(context, caller)
  const { body } = await endpoint.post('/v1/tasks', { ...members, ...request })
  const task = objectAt(body, 'task')
  const token = body['task_token']
  if (task === undefined || typeof token !== 'string') throw new CliError(EXIT.failure, 'the answer has no task: is this Bailiwick?')
  const file = out === undefined ? undefined : context.resolve(out)
  if (file !== undefined) writeSecretFile(file, token)
  if (terminal.json) {
    return terminal.value({ task, ...(file === undefined ? {} : { task_token_file: file }), ...(printToken ? { task_token: token } : {}) })
  }
  const kept = file === undefined ? '' : `\n${terminal.dim('task token kept in')} ${file}`
  const told = `${describeTask(context, task)}${kept}`
  if (!printToken) return terminal.data(told)
  terminal.say(told)
  terminal.data(token)
}

function toRequest({ agent, resource, bind, purpose, lifetime, parent }: TaskCreateOptions): JsonObject {
  if (parent === undefined && agent === undefined) throw new CliError(EXIT.usage, 'task create needs --agent <client-id>: who may act in it')
  if (parent === undefined && resource === undefined) throw new CliError(EXIT.usage, 'task create needs --resource <name>: what it may use at most')
  return {
    ...(agent === undefined ? {} : { agent }),
    ...(resource === undefined ? {} : { resources: resource }),
    ...(bind === undefined ? {} : { binding: toBinding(bind) }),
    ...(purpose === undefined ? {} : { purpose }),
    ...(lifetime === undefined ? {} : { expires_in: lifetime }),
    ...(parent === undefined ? {} : { parent_id: parent }),
  }
}

function toBinding(texts: readonly string[]): Readonly<Record<string, JsonScalar>> {
  const binding = new Map<string, JsonScalar>()
  for (const text of texts) {
    const [, key = '', mark, value = ''] = /^([a-z][a-z0-9_]*)(:?=)(.+)$/s.exec(text) ?? []
    if (mark === undefined) throw new CliError(EXIT.usage, `--bind ${quoted(text)}: key=value was expected, such as ticket_id=T-1042`)
    if (binding.has(key)) throw new CliError(EXIT.usage, `--bind ${key} is given twice`)
    binding.set(key, mark === '=' ? value : scalarOf(key, value))
  }
  return Object.fromEntries(binding)
}

/** A binding is compared with its JSON type: 5 is not "5". */
function scalarOf(key: string, text: string): JsonScalar {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'number' || typeof value === 'boolean') return value
  } catch {
    // Said below.
  }
  throw new CliError(EXIT.usage, `--bind ${key}:= takes a number, true or false; a text is ${key}=text`)
}

// `bailiwick task list` and `task show`: which units of authority live, for whom, tied to what.
import type { JsonObject } from '@bailiwick/core'
import type { Context } from '../context.ts'
import { facts, itemsOf, objectAt, pick, textAt, textsOf } from '../http/json.ts'
import type { TaskListOptions } from '../program/task-commands.ts'
import { fields, table } from '../terminal/layout.ts'
import { both, parseTime, relative } from '../terminal/time.ts'
import type { Palette } from '../terminal/terminal.ts'

export async function listTasks(context: Context, options: TaskListOptions): Promise<void> {
  const { terminal, clock } = context
  const { state, sub, agent, parent, limit, cursor } = options
  const { body } = await context.control().get('/v1/tasks', { state, sub, agent, parent_id: parent, limit: limit?.toString(), cursor })
  if (terminal.json) return terminal.value(body)
  const now = clock.nowMs()
  const rows = itemsOf(body).map((task) => [
    pick(task, 'id'),
    pick(task, 'state'),
    pick(task, 'subject', 'sub'),
    pick(task, 'agent', 'id'),
    textsOf(task, 'resources').join(' '),
    timeOf(task, now),
  ])
  if (rows.length === 0) return terminal.say('no tasks')
  const columns = [
    { head: 'TASK' },
    { head: 'STATE', paint: (cell: string) => paintState(terminal, cell) },
    { head: 'SUBJECT', min: 16 },
    { head: 'AGENT', min: 20, drop: 1 },
    { head: 'RESOURCES', min: 24, drop: 2 },
    { head: 'ENDS' },
  ]
  terminal.data(table(columns, rows, terminal.columns, terminal))
  if (textAt(body, 'next_cursor') !== undefined) terminal.say(`more: --cursor ${pick(body, 'next_cursor')}`)
}

function timeOf(task: JsonObject, nowMs: number): string {
  const ends = parseTime(task['ended_at']) ?? parseTime(task['expires_at'])
  return ends === undefined ? '-' : relative(ends, nowMs)
}

function paintState(palette: Palette, state: string): string {
  if (state.trim() === 'active') return palette.good(state)
  return state.trim() === 'revoked' ? palette.bad(state) : palette.dim(state)
}

export async function showTask(context: Context, id: string): Promise<void> {
  const { terminal } = context
  const { body } = await context.control().get(`/v1/tasks/${encodeURIComponent(id)}`)
  if (terminal.json) return terminal.value(body)
  terminal.data(describeTask(context, objectAt(body, 'task') ?? {}))
}

export function describeTask({ terminal, clock }: Context, task: JsonObject): string {
  const now = clock.nowMs()
  const time = (name: string): string | undefined => {
    const ms = parseTime(task[name])
    return ms === undefined ? undefined : both(ms, now)
  }
  const path = textsOf(task, 'path')
  const ended = textAt(task, 'ended_by')
  return fields(
    [
      ['task', terminal.strong(pick(task, 'id'))],
      ['state', paintState(terminal, pick(task, 'state'))],
      ['for', subjectOf(task)],
      ['agent', agentOf(task)],
      ['bound to', facts(objectAt(task, 'binding')) ?? 'nothing'],
      ['set by', textAt(task, 'binding_source')],
      ['purpose', textAt(task, 'purpose')],
      ['resources', textsOf(task, 'resources').join(', ')],
      ['below', path.length === 0 ? undefined : path],
      ['created', `${time('created_at') ?? '-'} by ${pick(task, 'created_by')}`],
      ['expires', time('expires_at')],
      ['ended', ended === undefined ? undefined : `${time('ended_at') ?? '-'} by ${ended}`],
      ['because', textAt(task, 'end_reason')],
    ],
    { width: terminal.columns, palette: terminal },
  )
}

function subjectOf(task: JsonObject): string {
  return `${pick(task, 'subject', 'sub')} (${pick(task, 'subject', 'kind')})`
}

function agentOf(task: JsonObject): string {
  const name = textAt(task, 'agent', 'name')
  const harness = [textAt(task, 'agent', 'harness'), textAt(task, 'agent', 'harness_version')].filter((part) => part !== undefined).join(' ')
  const more = [name, harness === '' ? undefined : harness, textAt(task, 'agent', 'model')].filter((part) => part !== undefined)
  return `${pick(task, 'agent', 'id')}${more.length === 0 ? '' : ` (${more.join(', ')})`}`
}

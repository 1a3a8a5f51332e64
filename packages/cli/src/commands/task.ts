// `bailiwick task`: which units of authority live.
import type { Context } from '../context.ts'
import { itemsOf, pick } from '../read-answer.ts'
import { table } from '../terminal.ts'

export interface TaskListOptions {
  readonly state?: string
  readonly sub?: string
  readonly agent?: string
  readonly parent?: string
  readonly limit?: string
  readonly cursor?: string
}

export async function listTasks({ terminal, ...context }: Context, options: TaskListOptions): Promise<void> {
  const { body } = await context.control().get('/v1/tasks', {
    state: options.state,
    sub: options.sub,
    agent: options.agent,
    parent_id: options.parent,
    limit: options.limit,
    cursor: options.cursor,
  })
  if (terminal.json) return terminal.value(body)
  const rows = itemsOf(body).map((task) => [
    pick(task, 'id'),
    pick(task, 'state'),
    pick(task, 'subject', 'sub'),
    pick(task, 'agent', 'id'),
    pick(task, 'expires_at'),
  ])
  terminal.data(table(['TASK', 'STATE', 'SUBJECT', 'AGENT', 'EXPIRES'], rows))
  if (typeof body['next_cursor'] === 'string') terminal.say(`more: --cursor ${pick(body, 'next_cursor')}`)
}

export async function showTask({ terminal, ...context }: Context, id: string): Promise<void> {
  const { body } = await context.control().get(`/v1/tasks/${encodeURIComponent(id)}`)
  terminal.data(JSON.stringify(body['task'] ?? body, null, 2))
}

// A task as control tells it, and the one reader of that answer. Times are RFC 3339 texts as they came.
import { parseTaskId } from '@bailiwick/core'
import type { Binding, TaskId } from '@bailiwick/core'
import { BailiwickProtocolError } from './errors.ts'
import { recordIn, textIn, textsIn } from './record.ts'
import type { JsonRecord } from './record.ts'

const STATES = ['active', 'completed', 'revoked', 'expired'] as const

export interface TaskView {
  readonly id: TaskId
  readonly parentId?: TaskId
  readonly state: (typeof STATES)[number]
  readonly subject: { readonly sub: string; readonly iss: string; readonly kind: string }
  readonly agent: { readonly id: string; readonly clientId: string; readonly name?: string }
  readonly binding: Binding
  readonly bindingSource: string
  readonly purpose?: string
  /** Names. */
  readonly resources: readonly string[]
  readonly createdAt: string
  readonly createdBy: string
  readonly expiresAt: string
  readonly endedAt?: string
  readonly endReason?: string
}

/** The `task` of an answer. A missing or mistyped member is a protocol error: half a task misleads. */
export function readTask(answer: JsonRecord): TaskView {
  const task = recordIn(answer, 'task') ?? lacks('task')
  const subject = recordIn(task, 'subject') ?? lacks('task.subject')
  const agent = recordIn(task, 'agent') ?? lacks('task.agent')
  const parentId = optionalId(task)
  return {
    id: parseTaskId(task['id']) ?? lacks('task.id'),
    ...(parentId === undefined ? {} : { parentId }),
    state: STATES.find((state) => state === task['state']) ?? lacks('task.state'),
    subject: { sub: text(subject, 'sub'), iss: text(subject, 'iss'), kind: text(subject, 'kind') },
    agent: { id: text(agent, 'id'), clientId: text(agent, 'client_id'), ...optional('name', textIn(agent, 'name')) },
    binding: binding(task),
    bindingSource: text(task, 'binding_source'),
    ...optional('purpose', textIn(task, 'purpose')),
    resources: textsIn(task, 'resources') ?? lacks('task.resources'),
    createdAt: text(task, 'created_at'),
    createdBy: text(task, 'created_by'),
    expiresAt: text(task, 'expires_at'),
    ...optional('endedAt', textIn(task, 'ended_at')),
    ...optional('endReason', textIn(task, 'end_reason')),
  }
}

function binding(task: JsonRecord): Binding {
  const facts: Record<string, string | number | boolean> = {}
  for (const [key, fact] of Object.entries(recordIn(task, 'binding') ?? lacks('task.binding'))) {
    if (typeof fact !== 'string' && typeof fact !== 'number' && typeof fact !== 'boolean') return lacks('task.binding')
    // Not an assignment: a fact called `__proto__` would change what the others are read through.
    Object.defineProperty(facts, key, { value: fact, enumerable: true })
  }
  return facts
}

function optionalId(task: JsonRecord): TaskId | undefined {
  return task['parent_id'] === undefined ? undefined : (parseTaskId(task['parent_id']) ?? lacks('task.parent_id'))
}

function text(record: JsonRecord, name: string): string {
  return textIn(record, name) ?? lacks(name)
}

function optional<K extends 'name' | 'purpose' | 'endedAt' | 'endReason'>(key: K, value: string | undefined): { readonly [P in K]?: string } {
  const made: { [P in K]?: string } = {}
  if (value !== undefined) made[key] = value
  return made
}

function lacks(what: string): never {
  throw new BailiwickProtocolError('answer_malformed', `control's answer lacks ${what}`)
}

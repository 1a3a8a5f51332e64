import type { Scope, TaskFacts } from './event.ts'

export function isIn(task: TaskFacts, { kind, id }: Scope): boolean {
  switch (kind) {
    case 'task':
      return task.id === id
    case 'user':
      return task.user === id
    case 'agent':
      return task.agent === id
    case 'client':
      return task.client === id
    case 'operator':
      return task.createdBy === id
    case 'resource':
    case 'everything':
      return true
    case 'token':
      return false
  }
}

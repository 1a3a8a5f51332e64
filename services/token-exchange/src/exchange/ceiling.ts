// What bounds every token of one exchange: the client's configuration, the task, the tokens presented. Pure.
import type { ClientConfig } from '@bailiwick/config'
import type { Task } from '@bailiwick/core'
import type { Ceiling, Possession, VerifiedActor, VerifiedSubject } from './model.ts'

export function ceilingOf(client: ClientConfig, task: Task, subject: VerifiedSubject, actor: VerifiedActor, { cnf }: Possession): Ceiling {
  return {
    client: { resources: client.resources, scopes: client.scopes },
    task: { resources: task.resources, expiresAt: task.expiresAt },
    subjectScope: scopeOf(subject),
    presentedUntil: actor.expiresAt === undefined ? [endOf(subject)] : [endOf(subject), actor.expiresAt],
    cnf,
  }
}

/** Access tokens carry scope, and one that says nothing grants none; ID tokens, task tokens and SVIDs have no such thing. */
function scopeOf(subject: VerifiedSubject): readonly string[] | undefined {
  switch (subject.grant) {
    case 'runtime_token':
      return subject.claims.scope
    case 'user_token':
      return subject.identity.tokenType === 'access_token' ? subject.identity.scope : undefined
    case 'task_token':
    case 'workload':
      return undefined
  }
}

function endOf(subject: VerifiedSubject): number {
  switch (subject.grant) {
    case 'task_token':
    case 'runtime_token':
      return subject.claims.exp
    case 'user_token':
      return subject.identity.exp
    case 'workload':
      return subject.expiresAt
  }
}

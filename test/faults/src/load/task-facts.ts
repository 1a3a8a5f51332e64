// What the tester notes of a task it makes, and names in the product's own types. No I/O.
import { parseClientId, parseResourceName, parseTaskId } from '@bailiwick/core'
import type { ClientId, ResourceName, TaskId } from '@bailiwick/core'
import type { NewTask } from '@bailiwick/task-state'
import { monotonicOf } from '../clock.ts'
import type { WorldTask } from './world.ts'

export function factsOf(input: NewTask, parent: WorldTask | undefined): WorldTask['facts'] {
  return {
    id: input.id,
    ...(parent === undefined ? {} : { parent: parent.facts.id }),
    user: input.subject.sub,
    agent: input.agent.id,
    client: input.agent.clientId,
    createdBy: input.createdBy,
    expiresNs: monotonicOf(input.expiresAt),
  }
}

export function idOf({ facts }: WorldTask): TaskId {
  return known(facts.id)
}

function known(id: string): TaskId {
  const parsed = parseTaskId(id)
  if (parsed === undefined) throw new TypeError('not a task id')
  return parsed
}

export function clientOf(id: string): ClientId {
  const parsed = parseClientId(id)
  if (parsed === undefined) throw new TypeError('not a client id')
  return parsed
}

export function resourceOf(name: string): ResourceName {
  const parsed = parseResourceName(name)
  if (parsed === undefined) throw new TypeError('not a resource name')
  return parsed
}

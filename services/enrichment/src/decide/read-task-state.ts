// Whether the task behind the token is alive now, and whether the token says of it what the store says. The first of two reads: the
// walk asks again after everything slow. Never answered from memory.
import { Fault, nowSeconds as secondsOf, sameActor } from '@bailiwick/core'
import type { Clock, Denial, Resource, Result } from '@bailiwick/core'
import type { Standing, StandingQuery, TaskStore } from '@bailiwick/task-state'
import type { RuntimeClaims } from '@bailiwick/tokens'
import { isCarriable } from './carriable.ts'

export async function readTaskState(
  { store }: { readonly store: Pick<TaskStore, 'readStanding'> },
  input: { readonly claims: RuntimeClaims; readonly resource: Resource },
  nowSeconds: number,
): Promise<Result<Standing>> {
  const { claims, resource } = input
  const standing = await store.readStanding(standingQuery(claims, resource, nowSeconds))
  if (!standing.ok) return standing
  const difference = differenceBetween(claims, standing.value, resource)
  return difference === undefined ? standing : { ok: false, denial: difference }
}

/** The last step of the walk. What the first read compared does not change in the life of a task; whether it lives does. */
export async function rereadTaskState(
  { store, clock }: { readonly store: Pick<TaskStore, 'readStanding'>; readonly clock: Clock },
  established: { readonly claims?: RuntimeClaims; readonly resource?: Resource },
): Promise<Result<Standing>> {
  const { claims, resource } = established
  if (claims === undefined || resource === undefined) throw new Fault('state', 'nothing_established', 'the walk ended before a task was known')
  return store.readStanding(standingQuery(claims, resource, secondsOf(clock)))
}

function standingQuery(claims: RuntimeClaims, resource: Resource, nowSeconds: number): StandingQuery {
  return { taskId: claims.taskId, kep: claims.kep, resource: resource.name, kid: claims.kid, jti: claims.jti, newWork: false, nowSeconds }
}

/** A signed token that disagrees with the stored task was not made by our exchange from this task: a stolen key, or a bug. */
function differenceBetween(claims: RuntimeClaims, { task }: Standing, resource: Resource): Denial | undefined {
  if (task.id !== claims.taskId) return { reason: 'state_unavailable', detail: 'answer_about_another_task' }
  if (task.subject.sub !== claims.sub) return { reason: 'token_invalid', detail: 'subject_is_not_the_tasks' }
  if (task.agent.clientId !== claims.clientId) return { reason: 'token_invalid', detail: 'client_is_not_the_tasks' }
  if (!sameActor(task.act, claims.act)) return { reason: 'token_invalid', detail: 'actor_is_not_the_tasks' }
  if (!task.resources.includes(resource.name)) return { reason: 'wrong_resource', detail: 'not_a_resource_of_the_task' }
  if (!isCarriable(task.subject.sub) || !isCarriable(task.act?.sub ?? '')) return { reason: 'token_invalid', detail: 'identity_too_long' }
  return undefined
}

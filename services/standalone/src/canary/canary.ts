// A task of this node's own that nobody acts in, and whose tokens it ends: how long does it take from the store's confirmation until this node denies, and
// does a check that began after the confirmation ever allow? No token of it is ever made; each round ends the id of one that could have been.
import { randomUUID } from 'node:crypto'
import { newTaskId, nowSeconds, parseClientId } from '@bailiwick/core'
import type { Clock, ResourceName, TaskId } from '@bailiwick/core'
import type { TaskStore } from '@bailiwick/task-state'

/**
 * `denied`: the first check after the confirmation denied. `allowed_after`: at least one allowed; the promise is broken on this node.
 * `unconfirmed`: the store did not confirm, so there is nothing to measure. `not_run`: no canary task could be had (the store is away, or new work is held).
 */
export type CanaryOutcome = 'denied' | 'allowed_after' | 'unconfirmed' | 'not_run'

export interface CanaryRound {
  readonly outcome: CanaryOutcome
  /** From the confirmation to the end of the first check that denied; undefined where none did in time. */
  readonly ms?: number
  readonly cause?: unknown
}

export interface Canary {
  /** Never rejects. */
  round(): Promise<CanaryRound>
}

export interface CanaryDeps {
  readonly store: Pick<TaskStore, 'createTask' | 'readStanding' | 'revokeToken'>
  readonly clock: Clock
  readonly nodeId: string
  /** A task has resources; of which one does not matter. */
  readonly resource: ResourceName
  /** Between two checks while they allow. */
  readonly pause: (ms: number) => Promise<void>
}

/** No client of this id authenticates unless somebody configures one, and then it still has no token of the task. */
const CANARY_CLIENT = parseClientId('bailiwick-canary')
const TASK_SECONDS = 86_400
/** A task that ends within a round would deny for another reason. */
const MARGIN_SECONDS = 300
const TOKEN_SECONDS = 60
const PAUSE_MS = 1
const PATIENCE_MS = 5_000

export function createCanary({ store, clock, nodeId, resource, pause }: CanaryDeps): Canary {
  let task: { readonly id: TaskId; readonly expiresAt: number } | undefined

  const allows = async (taskId: TaskId, jti: string): Promise<boolean> =>
    (await store.readStanding({ taskId, jti, newWork: false, nowSeconds: nowSeconds(clock) })).ok

  const taskFor = async (jti: string): Promise<TaskId | undefined> => {
    if (CANARY_CLIENT === undefined) return undefined
    const now = nowSeconds(clock)
    if (task !== undefined && task.expiresAt - now > MARGIN_SECONDS && (await allows(task.id, jti))) return task.id
    const id = newTaskId(clock.nowMs())
    const sub = `urn:bailiwick:canary:${nodeId}`
    const expiresAt = now + TASK_SECONDS
    const made = await store.createTask(
      {
        id,
        subject: { sub, iss: 'urn:bailiwick:canary', kind: 'workload', subId: { format: 'uri', uri: sub } },
        agent: { id: sub, clientId: CANARY_CLIENT, name: `Revocation canary of ${nodeId}`, declared: false },
        binding: {},
        bindingSource: 'operator',
        purpose: 'revocation canary',
        resources: [resource],
        createdAt: now,
        createdBy: sub,
        expiresAt,
      },
      now,
    )
    if (!made.ok) return undefined
    task = { id, expiresAt }
    return (await allows(id, jti)) ? id : undefined
  }

  const firstDeny = async (taskId: TaskId, jti: string): Promise<CanaryRound> => {
    const confirmedMs = clock.monotonicMs()
    let allowed = 0
    for (;;) {
      // A fault denies a call as well, but tells nothing of the revocation: asked again.
      const verdict = await allows(taskId, jti).catch(() => 'unknown' as const)
      const ms = clock.monotonicMs() - confirmedMs
      if (verdict === false) return { outcome: allowed === 0 ? 'denied' : 'allowed_after', ms }
      if (verdict === true) allowed += 1
      if (ms >= PATIENCE_MS) return allowed === 0 ? { outcome: 'not_run', cause: new Error('the store did not answer') } : { outcome: 'allowed_after' }
      await pause(PAUSE_MS)
    }
  }

  return {
    async round() {
      try {
        const jti = `canary-${randomUUID()}`
        const taskId = await taskFor(jti)
        if (taskId === undefined) return { outcome: 'not_run' }
        const now = nowSeconds(clock)
        const { status } = await store.revokeToken(jti, now + TOKEN_SECONDS, now)
        return status === 'confirmed' ? await firstDeny(taskId, jti) : { outcome: 'unconfirmed' }
      } catch (cause) {
        return { outcome: 'not_run', cause }
      }
    },
  }
}

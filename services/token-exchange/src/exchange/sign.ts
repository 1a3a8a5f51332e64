// Step: mints one runtime token. The task is read once more for exactly this resource, and the token carries the revision of that read
// (`kep`): a node whose view is older than the token refuses it.
import type { BailiwickConfig } from '@bailiwick/config'
import { deny, ok } from '@bailiwick/core'
import type { Result } from '@bailiwick/core'
import type { TaskStore } from '@bailiwick/task-state'
import { newJti } from '@bailiwick/tokens'
import type { KeyRing } from '@bailiwick/tokens'
import type { Constrained, Possession, Signed, TaskInHand } from './model.ts'
import { readForResource } from './read-for-resource.ts'

interface Deps {
  readonly store: TaskStore
  readonly keys: KeyRing
  readonly config: Pick<BailiwickConfig, 'issuer'>
}

export async function sign(deps: Deps, hand: TaskInHand, { cnf }: Possession, granted: Constrained, nowSeconds: number): Promise<Result<Signed>> {
  const standing = await readForResource(deps, hand, granted, nowSeconds)
  if (!standing.ok) return standing
  if (granted.expiresAt <= nowSeconds) return deny({ reason: 'token_expired', detail: 'no_lifetime_left' })
  const { task, revision } = standing.value
  const jti = newJti()
  const token = await deps.keys.mintRuntimeToken({
    iss: deps.config.issuer,
    sub: task.subject.sub,
    subId: task.subject.subId,
    aud: granted.resource.uri,
    clientId: task.agent.clientId,
    jti,
    iat: nowSeconds,
    exp: granted.expiresAt,
    scope: granted.scope,
    ...(task.act === undefined ? {} : { act: task.act }),
    taskId: task.id,
    kep: revision,
    ...(cnf === undefined ? {} : { cnf }),
  })
  return ok({ ...granted, token, jti, revision, ...(cnf === undefined ? {} : { cnf }) })
}

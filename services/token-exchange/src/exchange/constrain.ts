// Step: what one token may be at most: resource, scope, lifetime. Pure; only narrows (property-tested). In order: the resource is known,
// in the task and in the client's ceiling; the binding it asks for; scope = requested, subject's, client's and resource's in common; the earliest end of all.
// The actor chain is not here: it is the stored task's, whole.
import { deny, ok } from '@bailiwick/core'
import type { Resource, ResourceName, Result } from '@bailiwick/core'
import { isBoundAs } from '@bailiwick/tokens'
import type { Ceiling, Constrained, Target } from './model.ts'

export function constrain(resources: ReadonlyMap<ResourceName, Resource>, target: Target, ceiling: Ceiling, nowSeconds: number): Result<Constrained> {
  const resource = findResource(resources, target.key)
  // One answer for unknown and forbidden: which resources exist is not told to who may not use them.
  if (resource === undefined) return deny({ reason: 'target_refused', detail: 'resource_unknown' })
  if (!ceiling.client.resources.includes(resource.name)) return deny({ reason: 'target_refused', detail: 'not_in_client_ceiling' })
  if (!ceiling.task.resources.includes(resource.name)) return deny({ reason: 'target_refused', detail: 'not_in_task' })
  if (resource.proof !== undefined && !isBoundAs(resource.proof, ceiling.cnf))
    return deny({ reason: 'proof_missing', proof: resource.proof === 'mtls' ? 'mtls' : 'dpop', detail: 'resource_takes_bound_tokens' })
  const scope = constrainScope(resource.scopes, target.scope, ceiling)
  if (!scope.ok) return scope
  const expiresAt = Math.min(nowSeconds + resource.tokenLifetimeSeconds, ceiling.task.expiresAt, ...ceiling.presentedUntil)
  if (expiresAt <= nowSeconds) return deny({ reason: 'token_expired', detail: 'no_lifetime_left' })
  return ok({ resource, scope: scope.value, expiresAt })
}

function findResource(resources: ReadonlyMap<ResourceName, Resource>, key: string | undefined): Resource | undefined {
  if (key === undefined) return undefined
  for (const resource of resources.values()) if (resource.uri === key || resource.name === key) return resource
  return undefined
}

/** Asking for nothing grants nothing. What is not granted is refused or, where something is left, shown by the answer's `scope`. */
function constrainScope(defined: readonly string[], requested: readonly string[] | undefined, { client, subjectScope }: Ceiling): Result<readonly string[]> {
  if (requested === undefined) return ok([])
  if (!requested.every((scope) => defined.includes(scope))) return deny({ reason: 'scope_refused', detail: 'scope_unknown' })
  const granted = requested.filter((scope) => client.scopes.includes(scope) && (subjectScope === undefined || subjectScope.includes(scope)))
  return granted.length === 0 ? deny({ reason: 'scope_refused', detail: 'no_scope_left' }) : ok(granted)
}

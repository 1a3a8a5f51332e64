// Tasks, revocations and acknowledgements as control writes them: snake_case, RFC 3339 times.
import type { JsonObject, Revision, Revocation, Task } from '@bailiwick/core'
import type { Acknowledgement } from '@bailiwick/task-state'
import type { NodeAt } from '../nodes/nodes.ts'
import type { RevocationNow } from '../revocations/read-revocations.ts'
import type { Revoked } from '../revocations/revoke.ts'
import type { GateOverridden } from '../store/override-gate.ts'
import type { StoreNow } from '../store/read-store.ts'

export function taskJson(task: Task, nowSeconds: number): JsonObject {
  return {
    id: task.id,
    ...(task.parentId === undefined ? {} : { parent_id: task.parentId }),
    path: [...task.path],
    // "expired" is derived, never stored.
    state: task.state === 'active' && task.expiresAt <= nowSeconds ? 'expired' : task.state,
    subject: { sub: task.subject.sub, iss: task.subject.iss, kind: task.subject.kind },
    agent: {
      id: task.agent.id,
      client_id: task.agent.clientId,
      ...(task.agent.name === undefined ? {} : { name: task.agent.name }),
      ...(task.agent.harness === undefined ? {} : { harness: task.agent.harness }),
      ...(task.agent.harnessVersion === undefined ? {} : { harness_version: task.agent.harnessVersion }),
      ...(task.agent.model === undefined ? {} : { model: task.agent.model }),
      declared: task.agent.declared,
    },
    binding: task.binding,
    binding_source: task.bindingSource,
    ...(task.purpose === undefined ? {} : { purpose: task.purpose }),
    resources: [...task.resources],
    revision: task.createdRev.revision,
    created_at: rfc3339(task.createdAt * 1000),
    created_by: task.createdBy,
    expires_at: rfc3339(task.expiresAt * 1000),
    ...(task.endedAt === undefined ? {} : { ended_at: rfc3339(task.endedAt * 1000) }),
    ...(task.endedBy === undefined ? {} : { ended_by: task.endedBy }),
    ...(task.endReason === undefined ? {} : { end_reason: task.endReason }),
  }
}

export function revocationJson(revocation: Revocation): JsonObject {
  return {
    id: revocation.id,
    scope: { kind: revocation.scope.kind, id: revocation.scope.id },
    reason: revocation.reason,
    hold: revocation.hold,
    ...(revocation.holdScope === undefined ? {} : { hold_scope: { kind: revocation.holdScope.kind, id: revocation.holdScope.id } }),
    set_by: revocation.setBy,
    set_at: rfc3339(revocation.setAtMs),
    revision: revisionJson(revocation.revision),
    ...(revocation.liftedBy === undefined ? {} : { lifted_by: revocation.liftedBy }),
    ...(revocation.liftedAtMs === undefined ? {} : { lifted_at: rfc3339(revocation.liftedAtMs) }),
  }
}

/** One revocation with whether it is confirmed: `unconfirmed` wherever that was not established. */
export function revocationNowJson(now: RevocationNow): JsonObject {
  if ('stored' in now) {
    const { stored, acknowledgement, nodes } = now
    return {
      ...revocationJson(stored),
      ...(acknowledgement === undefined ? { status: 'unconfirmed' } : settledJson(acknowledgement)),
      nodes: nodes.map(nodeJson),
    }
  }
  const { id, scope, reason, hold, setBy, atMs } = now.asked
  return { id, scope: { kind: scope.kind, id: scope.id }, reason, hold, set_by: setBy, set_at: rfc3339(atMs), status: 'unconfirmed' }
}

function settledJson(acknowledgement: Acknowledgement): JsonObject {
  const { status, durability, replicas } = acknowledgement
  return { status, durability, replicas: { needed: replicas.needed, acked: replicas.acked }, affected: { tasks: acknowledgement.endedTasks } }
}

export function acknowledgementJson(acknowledgement: Acknowledgement): JsonObject {
  return {
    status: acknowledgement.status,
    revision: revisionJson(acknowledgement.revision),
    durability: acknowledgement.durability,
    replicas: { needed: acknowledgement.replicas.needed, acked: acknowledgement.replicas.acked },
  }
}

/** What `revoke` answers: what is durable, what ended, and whether it can simply start again. */
export function revokedJson(revoked: Revoked): JsonObject {
  return {
    ...(revoked.id === undefined ? { dry_run: true } : { id: revoked.id }),
    scope: { kind: revoked.scope.kind, id: revoked.scope.id },
    ...outcomeJson(revoked),
    ...(revoked.affectedTasks === undefined ? {} : { affected: { tasks: revoked.affectedTasks } }),
    hold: revoked.hold,
    can_restart: revoked.canRestart,
    elapsed_ms: Math.round(revoked.elapsedMs * 1000) / 1000,
  }
}

function outcomeJson({ outcome, nodes }: Revoked): JsonObject {
  if (outcome === 'unknown') return { status: 'unconfirmed', reason: 'state_unavailable' }
  if (outcome === 'dry_run') return {}
  return { ...acknowledgementJson(outcome), nodes: nodes.map(nodeJson) }
}

function nodeJson({ id, lastRevision, lastSeenMs, confirmed }: NodeAt): JsonObject {
  return { id, last_revision: lastRevision === undefined ? null : revisionJson(lastRevision), last_seen_ms: lastSeenMs ?? null, confirmed }
}

/** `waits_for`: nodes that have to put back what they recorded first. Absent where no other node shares the store. */
export function storeNowJson(kind: 'sqlite' | 'redis', { head, problem, missing }: StoreNow): JsonObject {
  return {
    kind,
    status: head === undefined ? 'unavailable' : 'answering',
    ...(head === undefined ? {} : { store_id: head.storeId, revision: revisionJson(head.revision) }),
    ...(problem === undefined ? {} : { problem }),
    ...(missing === undefined ? {} : { waits_for: [...missing] }),
  }
}

export function gateOverriddenJson({ storeId, epoch, missing }: GateOverridden): JsonObject {
  return { store_id: storeId, epoch, overridden: true, missing: [...missing] }
}

function revisionJson(revision: Revision): JsonObject {
  return { epoch: revision.epoch, revision: revision.revision }
}

function rfc3339(ms: number): string {
  return new Date(ms).toISOString()
}

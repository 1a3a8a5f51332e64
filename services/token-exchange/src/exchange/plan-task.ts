// The task an autonomous workload starts when it boots, from its client's template. Only a plan: the creating write
// comes after the policy has allowed a token of it, so that a refused boot leaves nothing behind.
import type { BailiwickConfig } from '@bailiwick/config'
import { deny, newTaskId, ok } from '@bailiwick/core'
import type { Result, Subject, TaskAgent } from '@bailiwick/core'
import type { TaskStore } from '@bailiwick/task-state'
import type { Caller, TaskInHand } from './model.ts'

interface Deps {
  readonly store: TaskStore
  readonly config: Pick<BailiwickConfig, 'identity' | 'limits'>
}

export async function planTask(deps: Deps, { client }: Caller, spiffeId: string, nowMs: number): Promise<Result<TaskInHand>> {
  const template = client.taskTemplate
  if (template === undefined) return deny({ reason: 'grant_not_allowed', detail: 'no_task_template' })
  const trustDomain = deps.config.identity.spiffe?.trustDomain
  if (trustDomain === undefined) return deny({ reason: 'subject_invalid', detail: 'no_trust_domain' })
  const nowSeconds = Math.floor(nowMs / 1000)
  const subject: Subject = { sub: spiffeId, iss: trustDomain, kind: 'workload', subId: { format: 'uri', uri: spiffeId } }
  // Holds are asked before anything else is done; the creating write asks again.
  const free = await deps.store.checkNewWork({ subject, actors: [], clients: [client.id], createdBy: spiffeId, resources: [] }, nowSeconds)
  if (!free.ok) return free
  const create = {
    id: newTaskId(nowMs),
    subject,
    agent: agentOf(client, spiffeId),
    binding: template.binding,
    bindingSource: 'template',
    ...(template.purpose === undefined ? {} : { purpose: template.purpose }),
    resources: template.resources,
    createdAt: nowSeconds,
    createdBy: spiffeId,
    createdByClient: client.id,
    expiresAt: nowSeconds + Math.min(template.lifetimeSeconds, deps.config.limits.taskLifetimeSeconds),
  } as const
  return ok({ task: { ...create, path: [], state: 'active', version: 0, createdRev: free.value }, create, proof: {} })
}

function agentOf({ id, name, agent }: Caller['client'], spiffeId: string): TaskAgent {
  return {
    id: spiffeId,
    clientId: id,
    ...(name === undefined ? {} : { name }),
    ...(agent?.harness === undefined ? {} : { harness: agent.harness }),
    ...(agent?.harnessVersion === undefined ? {} : { harnessVersion: agent.harnessVersion }),
    ...(agent?.model === undefined ? {} : { model: agent.model }),
    declared: false,
  }
}

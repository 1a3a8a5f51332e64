// A call as the question Cerbos is asked (docs/policies.md, one row per case). No I/O.
// Ping, notifications, client responses, GET and DELETE ask nothing: task state and audit are all there is to them.
import { deny, ok } from '@bailiwick/core'
import type { Deadline, DecisionId, JsonObject, LlmCall, McpCall, Resource, Result } from '@bailiwick/core'
import { policyKindOf, toPrincipal } from '@bailiwick/policy'
import type { PolicyItem, PolicyQuestion } from '@bailiwick/policy'
import type { Enriched } from '@bailiwick/profiles'
import type { Standing } from '@bailiwick/task-state'
import type { RuntimeClaims } from '@bailiwick/tokens'
import type { Possessed } from './verify-possession.ts'

export interface Asked {
  readonly decisionId: DecisionId
  readonly claims: RuntimeClaims
  readonly possessed: Possessed
  readonly standing: Standing
  readonly enriched: Enriched
  readonly deadline: Deadline
}

export function asksPolicy(call: McpCall | LlmCall): boolean {
  return call.kind === 'llm' || (call.shape === 'request' && call.method !== 'ping')
}

export function toPolicyQuestion(items: readonly PolicyItem[], asked: Asked): PolicyQuestion {
  const { task } = asked.standing
  return {
    principal: toPrincipal({
      subject: task.subject,
      baseRole: task.subject.kind,
      profile: asked.enriched.profile,
      act: task.act,
      agent: task.agent,
      task,
      token: { clientId: asked.claims.clientId, scope: asked.claims.scope, proof: asked.possessed.proof },
    }),
    items,
    annotations: { decision_id: asked.decisionId, task_id: task.id },
    deadline: asked.deadline,
  }
}

/** `method_unknown` for a request no row of the table is about: what we do not know we do not ask about. */
export function toPolicyItem(resource: Resource, call: McpCall | LlmCall): Result<PolicyItem> {
  const kind = policyKindOf(resource)
  if (call.kind === 'llm') {
    const attr = { dialect: call.dialect, stream: call.stream, tools: call.tools }
    return ok({ resource: { kind, id: call.model, attr }, actions: [call.operation] })
  }
  switch (call.method) {
    case 'initialize':
    case 'server/discover':
      return ok({ resource: { kind, id: resource.name, attr: { method: call.method, protocol_version: call.protocolVersion } }, actions: ['initialize'] })
    case 'tools/list':
    case 'prompts/list':
    case 'resources/list':
    case 'resources/templates/list':
    case 'tasks/list':
    case 'logging/setLevel':
    case 'subscriptions/listen':
      return ok({ resource: { kind, id: resource.name, attr: {} }, actions: [call.method] })
    case 'tools/call':
      return named(call, (tool) => ({
        resource: { kind, id: tool, attr: { tool, ...argumentsOf(call) } },
        actions: [`tools/list/${tool}`, `tools/call/${tool}`],
      }))
    case 'resources/read':
    case 'resources/subscribe':
    case 'resources/unsubscribe':
      return named(call, (uri) => ({ resource: { kind, id: uri, attr: { uri } }, actions: [call.method] }))
    case 'prompts/get':
    case 'completion/complete':
    case 'tasks/get':
    case 'tasks/result':
    case 'tasks/cancel':
    case 'tasks/update':
      return named(call, (name) => ({ resource: { kind, id: name, attr: {} }, actions: [call.method] }))
    default:
      return deny({ reason: 'method_unknown' })
  }
}

/** Which entries of a list's answer may be shown: a tool by its own action, everything else iff it may be got. One item per name. */
export function toListedItems(resource: Resource, call: McpCall | LlmCall, names: readonly string[]): readonly PolicyItem[] {
  return call.kind === 'mcp' ? names.map((name) => toListedItem(resource, call.method, name)) : []
}

/** May the caller know this entry? Of a tool, its arguments are no part of that. */
export function toListedItem(resource: Resource, method: string, name: string): PolicyItem {
  const kind = policyKindOf(resource)
  switch (method) {
    case 'tools/list':
      return { resource: { kind, id: name, attr: { tool: name } }, actions: [`tools/list/${name}`] }
    case 'prompts/list':
      return { resource: { kind, id: name, attr: {} }, actions: ['prompts/get'] }
    case 'tasks/list':
      return { resource: { kind, id: name, attr: {} }, actions: ['tasks/get'] }
    default:
      return { resource: { kind, id: name, attr: { uri: name } }, actions: ['resources/read'] }
  }
}

function named(call: McpCall, item: (name: string) => PolicyItem): Result<PolicyItem> {
  return call.name === undefined ? deny({ reason: 'body_unreadable', problem: 'not_a_request', detail: 'unnamed' }) : ok(item(call.name))
}

/** Arguments a door could not see are not asked about as if there were none: policies that need them find no attribute and deny. */
function argumentsOf(call: McpCall): JsonObject {
  return call.arguments === 'unseen' ? {} : { arguments: call.arguments ?? {} }
}

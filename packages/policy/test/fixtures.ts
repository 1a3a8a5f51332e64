// Valid questions of the story; a test changes one thing. Each call makes a new one.
import { deadlineIn, parseTaskId, systemClock } from '@bailiwick/core'
import type { JsonObject, Profile, TaskId } from '@bailiwick/core'
import { toPrincipal } from '../src/index.ts'
import type { PolicyItem, PolicyPrincipal, PolicyQuestion, PrincipalInput } from '../src/index.ts'

export const TICKET = 'T-1042'

export function taskId(text = 'task_019a9f4e-0000-7000-8000-000000000001'): TaskId {
  const id = parseTaskId(text)
  if (id === undefined) throw new TypeError('not a task id')
  return id
}

export function aliceProfile(attributes: JsonObject = { refund_limit_cents: 5000 }): Profile {
  return { attributes, roles: ['tier-1-support'], meta: { directory: { ageMs: 1200, stale: false } } }
}

export function refundAgentForAlice(change: Partial<PrincipalInput> = {}): PolicyPrincipal {
  return toPrincipal({
    subject: { sub: 'corp:alice' },
    baseRole: 'user',
    profile: aliceProfile(),
    act: { sub: 'client:refund-agent' },
    task: { id: taskId(), state: 'active', binding: { ticket_id: TICKET }, bindingSource: 'launcher', purpose: 'refund', path: [], expiresAt: 1_900_000_000 },
    token: { clientId: 'refund-agent', scope: [] },
    ...change,
  })
}

export function refund(args: JsonObject = { ticket_id: TICKET, amount_cents: 4000 }): PolicyItem {
  return {
    resource: { kind: 'mcp:payments', id: 'refund_issue', attr: { tool: 'refund_issue', arguments: args } },
    actions: ['tools/list/refund_issue', 'tools/call/refund_issue'],
  }
}

export function listed(tool: string): PolicyItem {
  return { resource: { kind: 'mcp:payments', id: tool, attr: {} }, actions: [`tools/list/${tool}`] }
}

export function question(change: Partial<PolicyQuestion> = {}): PolicyQuestion {
  return {
    principal: refundAgentForAlice(),
    items: [refund()],
    annotations: { decision_id: 'dec_019a9f4e-0000-7000-8000-000000000001' },
    deadline: deadlineIn(systemClock, 2_000),
    ...change,
  }
}

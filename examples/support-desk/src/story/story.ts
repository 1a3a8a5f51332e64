// The story of the support desk, in acts. Each act is told with the real pieces; nothing is asserted that was not asked through them.
import type { Agent } from '@bailiwick/client'
import { denialOf } from '@bailiwick/client'
import { bootRefundAgent, bootTriageAgent, holdings } from '../agents/boot.ts'
import { connect, tryToConnect, withToken } from '../agents/mcp-session.ts'
import type { McpSession } from '../agents/mcp-session.ts'
import { askModel } from '../agents/model-call.ts'
import { outcomeOf, refusedElsewhere } from '../agents/outcome.ts'
import type { Outcome } from '../agents/outcome.ts'
import type { McpName } from '../household/start-household.ts'
import { UPSTREAM_KEY_HEADER } from '../mcp/admission.ts'
import type { Step } from './script.ts'
import type { Delegated, Stage } from './stage.ts'

export interface Act {
  readonly title: string
  readonly steps: readonly Step[]
}

/** What earlier steps made and later ones use. */
interface Told {
  triage?: Agent
  task?: Delegated
  agent?: Agent
  payments?: McpSession
  tickets?: McpSession
  childAgent?: Agent
}

const TRIAGE = { who: 'triage-agent' }
const REFUND = { who: 'refund-agent', forWhom: 'alice' }
const OPERATOR = { who: 'operator' }
const ALLOW = { effect: 'allow' } as const
const DEAD = { effect: 'deny', reason: 'task_revoked' } as const

export function tellStory(stage: Stage): readonly Act[] {
  const kill = stage.killPolicyEngine
  const told: Told = {}
  const refund = (what: string, args: Record<string, unknown>, expected: Step['expected']): Step => ({
    ...REFUND,
    what,
    expected,
    run: () => need(told.payments).call('refund_issue', args),
    reached: reached(stage, 'payments', 'refund_issue'),
  })
  return [
    { title: 'An agent on its own identity', steps: onItsOwn(stage, told) },
    { title: 'Alice delegates one ticket', steps: delegation(stage, told) },
    { title: 'What it may and may not do', steps: [...refunds(stage, told, refund), ...tricks(stage, told), ...children(stage, told)] },
    ...(kill === undefined ? [] : [{ title: 'Something breaks', steps: breakage(stage, told, refund, kill) }]),
    { title: 'An operator stops it', steps: stop(stage, told, refund) },
    { title: 'What the audit says', steps: [audit(stage, told)] },
  ]
}

function onItsOwn(stage: Stage, told: Told): readonly Step[] {
  const learnsNothing = (resource: McpName): Step => ({
    ...TRIAGE,
    what: `connects to ${resource}, with the only kind of token it has`,
    expected: { effect: 'deny', reason: 'wrong_resource' },
    run: async () => await tryToConnect(mcpUrl(stage, resource), withToken(await need(told.triage).token('tickets'))),
  })
  return [
    {
      ...TRIAGE,
      what: 'boots on its workload identity',
      expected: ALLOW,
      run: () =>
        outcomeOf(async () => {
          told.triage = await bootTriageAgent(stage)
          return holdings(told.triage)
        }),
    },
    {
      ...TRIAGE,
      what: 'asks gpt-4o-mini',
      expected: ALLOW,
      run: () => askModel(stage.gatewayUrl, need(told.triage), 'gpt-4o-mini'),
      reached: reached(stage, 'models', 'completion'),
    },
    {
      ...TRIAGE,
      what: 'asks gpt-4o',
      expected: { effect: 'deny', reason: 'policy_denied' },
      run: () => askModel(stage.gatewayUrl, need(told.triage), 'gpt-4o'),
      reached: reached(stage, 'models', 'completion'),
    },
    {
      ...TRIAGE,
      what: 'reads ticket T-1042',
      expected: ALLOW,
      run: async () => {
        const session = await connect(mcpUrl(stage, 'tickets'), need(told.triage).fetch)
        const outcome = await session.call('ticket_get', { ticket_id: 'T-1042' })
        await session.close()
        return outcome
      },
      reached: reached(stage, 'tickets', 'ticket_get'),
    },
    learnsNothing('payments'),
    learnsNothing('payroll'),
  ]
}

function delegation(stage: Stage, told: Told): readonly Step[] {
  return [
    {
      who: 'alice',
      what: 'hands ticket T-1042 to the refund agent, in the portal',
      expected: ALLOW,
      run: () =>
        outcomeOf(async () => {
          told.task = await stage.delegate({ person: 'alice', ticket: 'T-1042' })
          return `${told.task.task.id}, bound to T-1042`
        }),
    },
    {
      ...REFUND,
      what: 'boots: one token for each resource of the task',
      expected: ALLOW,
      run: () =>
        outcomeOf(async () => {
          told.agent = await bootRefundAgent(stage, need(told.task).taskToken)
          told.payments = await connect(mcpUrl(stage, 'payments'), told.agent.fetch)
          told.tickets = await connect(mcpUrl(stage, 'tickets'), told.agent.fetch)
          return holdings(told.agent)
        }),
    },
  ]
}

type Refund = (what: string, args: Record<string, unknown>, expected: Step['expected']) => Step

function refunds(stage: Stage, told: Told, refund: Refund): readonly Step[] {
  return [
    refund('refunds $40 on T-1042', { ticket_id: 'T-1042', amount_cents: 4_000, reason: 'charged twice' }, ALLOW),
    refund(
      'refunds $9,000 on T-1042',
      { ticket_id: 'T-1042', amount_cents: 900_000 },
      { effect: 'deny', reason: 'policy_denied', says: 'tier-1-support refund cap exceeded' },
    ),
    {
      ...REFUND,
      what: 'reads the denial and leaves a note on the ticket instead',
      expected: ALLOW,
      run: () =>
        need(told.tickets).call('ticket_update', { ticket_id: 'T-1042', status: 'waiting', note: 'Over the tier-1 cap: a tier-2 lead has to approve.' }),
      reached: reached(stage, 'tickets', 'ticket_update'),
    },
    refund('refunds $40 on T-2001, another ticket', { ticket_id: 'T-2001', amount_cents: 4_000 }, { effect: 'deny', reason: 'binding_mismatch' }),
    refund('refunds "4000" on T-1042: a string', { ticket_id: 'T-1042', amount_cents: '4000' }, { effect: 'deny', reason: 'arguments_invalid' }),
  ]
}

function tricks(stage: Stage, told: Told): readonly Step[] {
  return [
    {
      ...REFUND,
      what: 'shows its payments token at tickets',
      expected: { effect: 'deny', reason: 'wrong_resource' },
      run: async () => await tryToConnect(mcpUrl(stage, 'tickets'), withToken(await need(told.agent).token('payments'))),
    },
    {
      ...REFUND,
      what: 'shows its task token at payments',
      expected: { effect: 'deny', reason: 'token_invalid' },
      run: () => tryToConnect(mcpUrl(stage, 'payments'), withToken(need(told.task).taskToken)),
    },
    {
      ...REFUND,
      what: 'goes round the gateway, straight to payments',
      expected: { effect: 'deny', reason: stage.roundTheGateway.refusal },
      run: async () => await goRound(stage, need(told.agent)),
      reached: reached(stage, 'payments', 'refund_issue'),
    },
  ]
}

function children(stage: Stage, told: Told): readonly Step[] {
  return [
    {
      ...REFUND,
      what: 'makes a child task bound to another ticket',
      expected: { effect: 'deny', reason: 'binding_mismatch' },
      run: async () => await childWithBinding(stage, need(told.task), { ticket_id: 'T-2001' }),
    },
    {
      ...REFUND,
      what: 'makes a child task for payments only, and boots it',
      expected: ALLOW,
      run: () =>
        outcomeOf(async () => {
          const child = await need(told.agent).createChild({ resources: ['payments'] })
          told.childAgent = await bootRefundAgent(stage, child.taskToken)
          return `${child.task.id} with ${holdings(told.childAgent)}`
        }),
    },
  ]
}

function breakage(stage: Stage, told: Told, refund: Refund, kill: () => void): readonly Step[] {
  const again = { ticket_id: 'T-1042', amount_cents: 1_000 }
  return [
    {
      ...OPERATOR,
      what: 'kills the policy engine',
      expected: ALLOW,
      run: () => {
        kill()
        return Promise.resolve({ effect: 'allow', text: 'SIGKILL' })
      },
    },
    refund('refunds $10 on T-1042 meanwhile', again, { effect: 'deny', reason: 'policy_unavailable' }),
    {
      ...REFUND,
      what: 'refunds $10 on T-1042 once it is back, which nobody had to see to',
      expected: ALLOW,
      run: async () => await patiently(() => need(told.payments).call('refund_issue', again)),
      reached: reached(stage, 'payments', 'refund_issue'),
    },
  ]
}

function stop(stage: Stage, told: Told, refund: Refund): readonly Step[] {
  const revoke = (what: string, scope: () => { kind: string; id: string }, hold?: boolean): Step => ({
    ...OPERATOR,
    what,
    expected: ALLOW,
    run: async () => {
      const { status, affected, elapsed_ms: ms, hold: holds } = await stage.operator().revoke(scope(), 'customer complained', hold)
      if (status !== 'confirmed') return refusedElsewhere('unconfirmed', 'the store has not confirmed it')
      return {
        effect: 'allow',
        text: `confirmed in ${ms.toFixed(1)} ms, ${affected.tasks} live task${affected.tasks === 1 ? '' : 's'} ended${holds ? ', new work held' : ''}`,
      }
    },
  })
  return [
    revoke('revokes the task', () => ({ kind: 'task', id: need(told.task).task.id })),
    refund('refunds $40 on T-1042, the very next call', { ticket_id: 'T-1042', amount_cents: 4_000 }, DEAD),
    {
      ...REFUND,
      what: 'exchanges its task token again',
      expected: DEAD,
      run: () => outcomeOf(async () => `a new token for ${(await need(told.agent).renew('payments')).length}`),
    },
    { ...REFUND, what: 'uses the child task', expected: DEAD, run: () => tryToConnect(mcpUrl(stage, 'payments'), need(told.childAgent).fetch) },
    { ...REFUND, what: 'makes another child task', expected: DEAD, run: async () => await childWithBinding(stage, need(told.task), undefined) },
    revoke('revokes the agent itself, with a hold', () => ({ kind: 'agent', id: 'client:refund-agent' }), true),
    {
      who: 'alice',
      what: 'hands it another ticket',
      expected: { effect: 'deny', reason: 'held' },
      run: () => outcomeOf(async () => (await stage.delegate({ person: 'alice', ticket: 'T-1042' })).task.id),
    },
  ]
}

function audit(stage: Stage, told: Told): Step {
  return {
    ...OPERATOR,
    what: 'reads what happened to the task',
    expected: ALLOW,
    run: async () => {
      const records = await stage.operator().decisions({ task_id: need(told.task).task.id, limit: '200' })
      const denied = records.filter((record) => record.effect === 'deny')
      const overCap = denied.find((record) => record.policy_reason === 'tier-1-support refund cap exceeded')
      if (overCap === undefined) return refusedElsewhere('audit_incomplete', 'the $9,000 refund is not in the journal')
      return { effect: 'allow', text: `${records.length} records, ${denied.length} denied; the $9,000 one by ${overCap.policy?.rule ?? 'no rule'}` }
    },
  }
}

const TRIES = 100
const BETWEEN_TRIES_MS = 100

/** Asks again while the refusal says that asking again can help. */
async function patiently(run: () => Promise<Outcome>): Promise<Outcome> {
  for (let tries = 1; ; tries++) {
    const outcome = await run()
    if (outcome.effect === 'allow' || !outcome.denial.retryable || tries === TRIES) return outcome
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_TRIES_MS))
  }
}

/** What a hostile agent would send: the library of the others has no place for a binding here. */
async function childWithBinding(stage: Stage, parent: Delegated, binding: Record<string, string> | undefined): Promise<Outcome> {
  const { assertion, assertionType } = await stage.keys.refundAgent.credential.prove(stage.issuer, Math.floor(Date.now() / 1000))
  const response = await fetch(`${stage.issuer}/v1/tasks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_assertion: assertion,
      client_assertion_type: assertionType,
      subject_token: parent.taskToken,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      resources: ['payments'],
      binding,
    }),
  })
  const denial = await denialOf(response)
  return denial === undefined ? { effect: 'allow', text: `status ${response.status}` } : { effect: 'deny', denial }
}

/** A direct call with a good token: the server takes calls from the gateway only, or the agent's network does not lead there at all. */
async function goRound(stage: Stage, agent: Agent): Promise<Outcome> {
  const asked: RequestInit = {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      authorization: `Bearer ${await agent.token('payments')}`,
      [UPSTREAM_KEY_HEADER]: 'guess',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'refund_issue', arguments: { ticket_id: 'T-1042', amount_cents: 100 } },
    }),
  }
  let response: Response
  try {
    response = await fetch(`${stage.roundTheGateway.url}/mcp`, asked)
  } catch (error) {
    return refusedElsewhere('unreachable', error instanceof Error && error.cause instanceof Error ? error.cause.message : 'no way there')
  }
  return response.ok ? { effect: 'allow', text: 'paid' } : refusedElsewhere(`http_${response.status}`, (await response.text()).trim())
}

function reached(stage: Stage, server: McpName | 'models', tool: string): () => number {
  return () => stage.calls(server, tool)
}

function mcpUrl(stage: Stage, resource: McpName): string {
  return `${stage.gatewayUrl}/${resource}/mcp`
}

function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('an earlier step of the story failed')
  return value
}

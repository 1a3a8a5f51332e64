// The story of the support desk, in acts. Each act is told with the real pieces; nothing is asserted that was not asked through them.
import { bootAgent } from '../agents/agent.ts'
import type { Agent } from '../agents/agent.ts'
import type { McpSession, Outcome } from '../agents/mcp-session.ts'
import { operator } from '../agents/operator.ts'
import { delegateRefund } from '../agents/portal.ts'
import { JWT_SPIFFE, createTask, keyCredential, TOKEN_TYPE } from '../agents/token-endpoints.ts'
import type { CreatedTask, Refusal } from '../agents/token-endpoints.ts'
import { TRIAGE_SPIFFE_ID } from '../household/write-config.ts'
import type { Household, McpName } from '../household/start-household.ts'
import { UPSTREAM_KEY_HEADER } from '../mcp/upstream.ts'
import type { Step } from './script.ts'

export interface Act {
  readonly title: string
  /** Built when its turn comes: later acts use what earlier ones made. */
  readonly steps: () => Promise<readonly Step[]>
}

const TRIAGE = 'triage-agent'
const REFUND = 'refund-agent'

export function tellStory(house: Household): readonly Act[] {
  const told: { task?: CreatedTask; child?: CreatedTask; agent?: Agent; payments?: McpSession; tickets?: McpSession; childAgent?: Agent } = {}
  const reached = (server: McpName, tool: string) => (): number => house.upstreams[server].calls.get(tool) ?? 0
  const refund = (what: string, args: Record<string, unknown>, expected: Step['expected']): Step => ({
    who: REFUND,
    forWhom: 'alice',
    what,
    expected,
    run: () => need(told.payments).call('refund_issue', args),
    reached: reached('payments', 'refund_issue'),
  })

  return [
    { title: 'An agent on its own identity', steps: async () => await triageSteps(house) },
    {
      title: 'Alice delegates one ticket',
      steps: () =>
        Promise.resolve([
          {
            who: 'alice',
            what: 'hands ticket T-1042 to the refund agent, in the portal',
            expected: { effect: 'allow' },
            run: async () => {
              const created = await delegateRefund(house, { person: 'alice', ticket: 'T-1042' })
              if (!created.ok) return refused(created.refusal)
              told.task = created.value
              return { effect: 'allow', text: `${created.value.task.id}, bound to T-1042` }
            },
          },
          {
            who: REFUND,
            forWhom: 'alice',
            what: 'boots: one token for each resource of the task',
            expected: { effect: 'allow' },
            run: async () => {
              const booted = await bootRefundAgent(house, need(told.task))
              if (!booted.ok) return refused(booted.refusal)
              told.agent = booted.agent
              told.payments = await openSession(booted.agent, 'payments')
              told.tickets = await openSession(booted.agent, 'tickets')
              return { effect: 'allow', text: [...booted.agent.tokens.keys()].join(', ') }
            },
          },
        ]),
    },
    {
      title: 'What it may and may not do',
      steps: () =>
        Promise.resolve([
          refund('refunds $40 on T-1042', { ticket_id: 'T-1042', amount_cents: 4_000, reason: 'charged twice' }, { effect: 'allow' }),
          refund(
            'refunds $9,000 on T-1042',
            { ticket_id: 'T-1042', amount_cents: 900_000 },
            { effect: 'deny', reason: 'policy_denied', says: 'tier-1-support refund cap exceeded' },
          ),
          {
            who: REFUND,
            forWhom: 'alice',
            what: 'reads the denial and leaves a note on the ticket instead',
            expected: { effect: 'allow' },
            run: () =>
              need(told.tickets).call('ticket_update', { ticket_id: 'T-1042', status: 'waiting', note: 'Over the tier-1 cap: a tier-2 lead has to approve.' }),
            reached: reached('tickets', 'ticket_update'),
          },
          refund('refunds $40 on T-2001, another ticket', { ticket_id: 'T-2001', amount_cents: 4_000 }, { effect: 'deny', reason: 'binding_mismatch' }),
          refund('refunds "4000" on T-1042: a string', { ticket_id: 'T-1042', amount_cents: '4000' }, { effect: 'deny', reason: 'arguments_invalid' }),
          {
            who: REFUND,
            forWhom: 'alice',
            what: 'shows its payments token at tickets',
            expected: { effect: 'deny', reason: 'wrong_resource' },
            run: async () => await connectWith(need(told.agent), 'tickets', need(told.agent).tokens.get('payments') ?? ''),
          },
          {
            who: REFUND,
            forWhom: 'alice',
            what: 'shows its task token at payments',
            expected: { effect: 'deny', reason: 'token_invalid' },
            run: async () => await connectWith(need(told.agent), 'payments', need(told.task).task_token),
          },
          {
            who: REFUND,
            forWhom: 'alice',
            what: 'goes round the gateway, straight to payments',
            expected: { effect: 'deny', reason: 'http_403' },
            run: async () => await goRound(house, need(told.agent)),
            reached: reached('payments', 'refund_issue'),
          },
          {
            who: REFUND,
            forWhom: 'alice',
            what: 'makes a child task bound to another ticket',
            expected: { effect: 'deny', reason: 'binding_mismatch' },
            run: async () =>
              await makeChild(house, need(told.task), { ticket_id: 'T-2001' }).then((made) =>
                made.ok ? { effect: 'allow', text: made.value.task.id } : refused(made.refusal),
              ),
          },
          {
            who: REFUND,
            forWhom: 'alice',
            what: 'makes a child task for payments only, and boots it',
            expected: { effect: 'allow' },
            run: async () => {
              const made = await makeChild(house, need(told.task), undefined)
              if (!made.ok) return refused(made.refusal)
              told.child = made.value
              const booted = await bootRefundAgent(house, made.value)
              if (!booted.ok) return refused(booted.refusal)
              told.childAgent = booted.agent
              return { effect: 'allow', text: `${made.value.task.id} with ${[...booted.agent.tokens.keys()].join(', ')}` }
            },
          },
        ]),
    },
    { title: 'An operator stops it', steps: () => Promise.resolve(stopSteps(house, told, refund)) },
    { title: 'What the audit says', steps: () => Promise.resolve([auditStep(house, need(told.task))]) },
  ]
}

async function triageSteps(house: Household): Promise<readonly Step[]> {
  const credential = async (): Promise<{ client_assertion_type: string; client_assertion: string }> => ({
    client_assertion_type: JWT_SPIFFE,
    client_assertion: await house.keys.domain.svid(TRIAGE_SPIFFE_ID, house.issuer),
  })
  const subjectToken = async (): Promise<{ token: string; type: string }> => ({
    token: await house.keys.domain.svid(TRIAGE_SPIFFE_ID, house.issuer),
    type: `${TOKEN_TYPE}jwt`,
  })
  let agent: Agent | undefined
  const learnsNothing = (resource: McpName): Step => ({
    who: TRIAGE,
    what: `connects to ${resource}, with the only kind of token it has`,
    expected: { effect: 'deny', reason: 'wrong_resource' },
    run: async () => await connectWith(need(agent), resource, need(agent).tokens.get('tickets') ?? ''),
  })
  return [
    {
      who: TRIAGE,
      what: 'boots on its workload identity',
      expected: { effect: 'allow' },
      run: async () => {
        const booted = await bootAgent(house, { credential, subjectToken })
        if (!booted.ok) return refused(booted.refusal)
        agent = booted.agent
        return { effect: 'allow', text: [...booted.agent.tokens.keys()].join(', ') }
      },
    },
    { who: TRIAGE, what: 'asks gpt-4o-mini', expected: { effect: 'allow' }, run: () => need(agent).ask('gpt-4o-mini'), reached: house.model.calls },
    {
      who: TRIAGE,
      what: 'asks gpt-4o',
      expected: { effect: 'deny', reason: 'policy_denied' },
      run: () => need(agent).ask('gpt-4o'),
      reached: house.model.calls,
    },
    {
      who: TRIAGE,
      what: 'reads ticket T-1042',
      expected: { effect: 'allow' },
      run: async () => {
        const session = await openSession(need(agent), 'tickets')
        const outcome = await session.call('ticket_get', { ticket_id: 'T-1042' })
        await session.close()
        return outcome
      },
      reached: () => house.upstreams.tickets.calls.get('ticket_get') ?? 0,
    },
    learnsNothing('payments'),
    learnsNothing('payroll'),
  ]
}

interface Told {
  task?: CreatedTask
  agent?: Agent
  childAgent?: Agent
}

function stopSteps(house: Household, told: Told, refund: (what: string, args: Record<string, unknown>, expected: Step['expected']) => Step): readonly Step[] {
  const dead = { effect: 'deny', reason: 'task_revoked' } as const
  const revoke = (what: string, scope: () => { kind: string; id: string }, hold?: boolean): Step => ({
    who: 'operator',
    what,
    expected: { effect: 'allow' },
    run: async () => {
      const answer = await operator(house).revoke(scope(), 'customer complained', hold)
      if (!answer.ok) return refused(answer.refusal)
      const { status, affected, elapsed_ms, hold: holds } = answer.value
      return status === 'confirmed'
        ? {
            effect: 'allow',
            text: `confirmed in ${elapsed_ms.toFixed(1)} ms, ${affected.tasks} live task${affected.tasks === 1 ? '' : 's'} ended${holds ? ', new work held' : ''}`,
          }
        : { effect: 'deny', reason: 'unconfirmed', message: '' }
    },
  })
  return [
    revoke('revokes the task', () => ({ kind: 'task', id: need(told.task).task.id })),
    refund('refunds $40 on T-1042, the very next call', { ticket_id: 'T-1042', amount_cents: 4_000 }, dead),
    {
      who: REFUND,
      forWhom: 'alice',
      what: 'exchanges its task token again',
      expected: dead,
      run: async () => {
        const again = await need(told.agent).exchangeAgain('payments')
        return again.ok ? { effect: 'allow', text: 'a new token' } : refused(again.refusal)
      },
    },
    { who: REFUND, forWhom: 'alice', what: 'uses the child task', expected: dead, run: async () => await connectWith(need(told.childAgent), 'payments') },
    {
      who: REFUND,
      forWhom: 'alice',
      what: 'makes another child task',
      expected: dead,
      run: async () =>
        await makeChild(house, need(told.task), undefined).then((made) => (made.ok ? { effect: 'allow', text: made.value.task.id } : refused(made.refusal))),
    },
    revoke('revokes the agent itself, with a hold', () => ({ kind: 'agent', id: 'client:refund-agent' }), true),
    {
      who: 'alice',
      what: 'hands it another ticket',
      expected: { effect: 'deny', reason: 'held' },
      run: async () => {
        const created = await delegateRefund(house, { person: 'alice', ticket: 'T-1042' })
        return created.ok ? { effect: 'allow', text: created.value.task.id } : refused(created.refusal)
      },
    },
  ]
}

function auditStep(house: Household, task: CreatedTask): Step {
  return {
    who: 'operator',
    what: 'reads what happened to the task',
    expected: { effect: 'allow' },
    run: async () => {
      const found = await operator(house).decisions({ task_id: task.task.id, limit: '200' })
      if (!found.ok) return refused(found.refusal)
      const denied = found.value.items.filter((record) => record.effect === 'deny')
      const overCap = denied.find((record) => record.policy_reason !== undefined)
      if (overCap === undefined || denied.length === 0) return { effect: 'deny', reason: 'audit_incomplete', message: '' }
      return { effect: 'allow', text: `${found.value.items.length} records, ${denied.length} denied; the $9,000 one by ${overCap.policy?.rule ?? 'no rule'}` }
    },
  }
}

async function bootRefundAgent(house: Household, task: CreatedTask): ReturnType<typeof bootAgent> {
  return await bootAgent(house, {
    credential: () => keyCredential(house.keys.refundAgent, house.issuer),
    subjectToken: () => Promise.resolve({ token: task.task_token, type: `${TOKEN_TYPE}jwt` }),
  })
}

async function makeChild(house: Household, parent: CreatedTask, binding: Record<string, string> | undefined): ReturnType<typeof createTask> {
  return await createTask(house.issuer, await keyCredential(house.keys.refundAgent, house.issuer), {
    subject_token: parent.task_token,
    subject_token_type: `${TOKEN_TYPE}jwt`,
    parent_id: parent.task.id,
    resources: ['payments'],
    ...(binding === undefined ? {} : { binding }),
  })
}

async function openSession(agent: Agent, resource: McpName): Promise<McpSession> {
  const connected = await agent.connect(resource)
  if (connected.ok) return connected.session
  throw new Error(`cannot connect to ${resource}: ${JSON.stringify(connected.outcome)}`)
}

async function connectWith(agent: Agent, resource: McpName, token?: string): Promise<Outcome> {
  const connected = await agent.connect(resource, token)
  if (!connected.ok) return connected.outcome
  await connected.session.close()
  return { effect: 'allow', text: 'connected' }
}

/** A direct call with a good token: the server takes calls from the gateway only. */
async function goRound(house: Household, agent: Agent): Promise<Outcome> {
  const response = await fetch(`${house.upstreams.payments.url}/mcp`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      authorization: `Bearer ${agent.tokens.get('payments') ?? ''}`,
      [UPSTREAM_KEY_HEADER]: 'guess',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'refund_issue', arguments: { ticket_id: 'T-1042', amount_cents: 100 } },
    }),
  })
  return response.ok ? { effect: 'allow', text: 'paid' } : { effect: 'deny', reason: `http_${response.status}`, message: (await response.text()).trim() }
}

function refused(refusal: Refusal): Outcome {
  return { effect: 'deny', reason: refusal.reason, message: refusal.message }
}

function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('an earlier step of the story failed')
  return value
}

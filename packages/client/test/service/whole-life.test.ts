import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bootAgent, createLauncher, denialOf, dpopKey } from '../../src/index.ts'
import type { Agent, CreatedTask, Launcher, LaunchRequest } from '../../src/index.ts'
import { thrownBy } from '../fake-bailiwick.ts'
import { startRunning } from './running.ts'
import type { Running } from './running.ts'

const PAYMENTS = 'https://payments.example.com/mcp'
const TICKETS = 'https://tickets.example.com/mcp'

let running: Running
let launcher: Launcher
beforeAll(async () => {
  running = await startRunning()
  launcher = createLauncher({ ...running.seams, client: running.portal })
})
afterAll(() => running.close())

async function delegate(change: Partial<LaunchRequest> = {}): Promise<CreatedTask> {
  return await launcher.createTask({
    agent: 'refund-agent',
    resources: ['tickets', 'payments'],
    binding: { ticket_id: 'T-1042' },
    purpose: 'refund',
    expiresIn: 1800,
    agentInfo: { harness: 'support-desk', harnessVersion: '1.0.0' },
    ...change,
    subjectToken: await running.idp.idToken(),
    subjectTokenType: 'id_token',
  })
}

async function boot({ taskToken }: CreatedTask): Promise<Agent> {
  return await bootAgent({ ...running.seams, client: running.refundAgent, task: { taskToken } })
}

describe('against the real services', () => {
  it('a task is delegated, an agent boots on it in one exchange and calls a resource for alice', async () => {
    const created = await delegate()
    expect(created.task).toMatchObject({ state: 'active', subject: { sub: 'corp:alice' }, binding: { ticket_id: 'T-1042' }, bindingSource: 'launcher' })
    const before = running.exchanges()
    const agent = await boot(created)
    expect(running.exchanges() - before).toBe(1)
    expect(agent.taskId).toBe(created.task.id)
    expect(agent.resources.map(({ name }) => name)).toEqual(['tickets', 'payments'])
    expect(decodeJwt(await agent.token('payments'))).toMatchObject({
      aud: PAYMENTS,
      sub: 'corp:alice',
      task_id: agent.taskId,
      act: { sub: 'client:refund-agent' },
    })
    const response = await agent.fetch(PAYMENTS, { method: 'POST', body: '{}' })
    expect(await response.json()).toMatchObject({ result: { content: [{ text: 'corp:alice by client:refund-agent' }] } })
    expect(await agent.readTask()).toEqual(created.task)
    expect(await launcher.readTask(created.task.id)).toEqual(created.task)
  })

  it('an agent with a key gets tokens bound to it, in every exchange of its life', async () => {
    const dpop = await dpopKey()
    const created = await delegate()
    const agent = await bootAgent({ ...running.seams, client: running.refundAgent, task: { taskToken: created.taskToken }, dpop })
    for (const token of [await agent.token('payments'), await agent.renew('payments')])
      expect(decodeJwt(token)).toMatchObject({ cnf: { jkt: dpop.thumbprint } })
    const again = await bootAgent({ ...running.seams, client: running.refundAgent, task: { runtimeToken: await agent.token('payments') }, dpop })
    expect(decodeJwt(await again.token('tickets'))).toMatchObject({ cnf: { jkt: dpop.thumbprint } })
    const child = await again.createChild({ resources: ['payments'], expiresIn: 300 })
    expect(decodeJwt(child.taskToken)).toMatchObject({ cnf: { jkt: dpop.thumbprint } })
    expect(await again.readTask()).toMatchObject({ id: created.task.id })
    const below = { ...running.seams, client: running.refundAgent, task: { taskToken: child.taskToken } }
    expect(decodeJwt(await (await bootAgent({ ...below, dpop })).token('payments'))).toMatchObject({ cnf: { jkt: dpop.thumbprint } })
    expect(await thrownBy(bootAgent(below))).toMatchObject({ kind: 'denied', reason: 'proof_missing' })
    const other = bootAgent({ ...running.seams, client: running.refundAgent, task: { runtimeToken: await agent.token('payments') }, dpop: await dpopKey() })
    expect(await thrownBy(other)).toMatchObject({ kind: 'denied', reason: 'proof_invalid' })
  })

  it('a resource the policy refuses is shown with the policy words, and the rest works', async () => {
    const created = await delegate()
    running.decider.script((item) =>
      item.resource.kind === 'oauth:resource' && item.resource.id === 'payments'
        ? { effect: 'deny', reason: 'tier 2 only', remediation: { type: 'step_up', approvers_role: 'tier-2-lead' } }
        : 'allow',
    )
    const agent = await boot(created)
    running.decider.script('allow')
    expect(agent.denials.get(PAYMENTS)).toMatchObject({
      reason: 'policy_denied',
      message: 'tier 2 only',
      remediation: { type: 'step_up', approvers_role: 'tier-2-lead' },
    })
    expect(await thrownBy(agent.fetch(PAYMENTS))).toMatchObject({ kind: 'denied', reason: 'policy_denied', resource: PAYMENTS })
    expect((await agent.fetch(TICKETS)).status).toBe(200)
    await agent.renew(PAYMENTS)
    expect((await agent.fetch(PAYMENTS)).status).toBe(200)
    expect(agent.denials.size).toBe(0)
  })

  it('tokens are renewed as time goes by, until the task ends; then the agent does', async () => {
    const agent = await boot(await delegate())
    const before = running.exchanges()
    const seen = new Set<string>()
    for (let minute = 0; minute < 29; minute++) {
      const token = await agent.token('payments')
      seen.add(token)
      expect(Number(decodeJwt(token).exp) * 1_000).toBeGreaterThan(running.clock.nowMs())
      expect((await agent.fetch(PAYMENTS)).status).toBe(200)
      await running.quiet()
      running.clock.advance(60_000)
    }
    expect(seen.size).toBeGreaterThanOrEqual(3)
    expect(running.exchanges() - before).toBeLessThan(10)
    running.clock.advance(120_000)
    expect(await thrownBy(agent.token('payments'))).toMatchObject({ kind: 'denied', reason: expect.stringMatching(/^(task|token)_expired$/) })
    expect(agent.ended).toBeDefined()
  })

  it('a hundred callers cost one exchange', async () => {
    const agent = await boot(await delegate())
    running.clock.advance(601_000)
    const before = running.exchanges()
    expect(new Set(await Promise.all(Array.from({ length: 100 }, () => agent.token('payments')))).size).toBe(1)
    expect(running.exchanges() - before).toBe(1)
  })

  it('a revoked task denies the next call, readably, and ends the agent at its next exchange', async () => {
    const created = await delegate()
    const agent = await boot(created)
    await running.revoke('task', created.task.id)
    expect(await denialOf(await agent.fetch(PAYMENTS))).toMatchObject({ reason: 'task_revoked', message: 'The task was revoked.', retryable: false })
    expect(agent.ended).toBeUndefined()
    expect(await thrownBy(agent.renew('payments'))).toMatchObject({ kind: 'denied', reason: 'task_revoked', decisionId: expect.stringMatching(/^dec_/) })
    const before = running.exchanges()
    expect(await thrownBy(agent.fetch(PAYMENTS))).toMatchObject({ reason: 'task_revoked' })
    expect(running.exchanges()).toBe(before)
    expect(await thrownBy(boot(created))).toMatchObject({ kind: 'denied', reason: 'task_revoked' })
  })

  it('a resource that is cut off ends that resource alone', async () => {
    const agent = await boot(await delegate())
    await running.revoke('resource', 'tickets')
    expect(await thrownBy(agent.renew('tickets'))).toMatchObject({ kind: 'denied', reason: 'cut_off', resource: TICKETS })
    expect(agent.ended).toBeUndefined()
    await agent.renew('payments')
    expect((await agent.fetch(PAYMENTS)).status).toBe(200)
  })

  it('a token the gateway refuses is replaced once', async () => {
    const agent = await boot(await delegate({ resources: ['payments'] }))
    const first = await agent.token('payments')
    let refuse = true
    const fetch = running.seams.fetch
    const strict = await bootAgent({
      ...running.seams,
      client: running.refundAgent,
      task: { runtimeToken: first },
      fetch: async (url, init) => {
        if (!url.startsWith(PAYMENTS) || !refuse) return (await fetch?.(url, init)) ?? Response.error()
        refuse = false
        return new Response('{}', { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } })
      },
    })
    const before = running.exchanges()
    expect((await strict.fetch(PAYMENTS)).status).toBe(200)
    expect(running.exchanges() - before).toBe(1)
  })

  it('scopes are had by asking for them, as far as they go', async () => {
    const agent = await boot(await delegate({ resources: ['payments'] }))
    expect(decodeJwt(await agent.token('payments'))).not.toHaveProperty('scope')
    expect(decodeJwt(await agent.token('payments', { scope: 'refund:write refund:read' }))).toMatchObject({ scope: 'refund:read' })
    expect(await thrownBy(agent.token('payments', { scope: 'refund:everything' }))).toMatchObject({ kind: 'denied', reason: 'scope_refused' })
    expect((await agent.fetch(PAYMENTS)).status).toBe(200)
  })

  it('an agent that lost Bailiwick for a while works on with what it has, and renews when it is back', async () => {
    const agent = await boot(await delegate({ resources: ['payments'] }))
    running.cut(true)
    running.clock.advance(550_000)
    expect((await agent.fetch(PAYMENTS)).status).toBe(200)
    running.clock.advance(60_000)
    expect(await thrownBy(agent.fetch(PAYMENTS))).toMatchObject({ kind: 'unavailable', reason: 'network', retryable: true })
    running.cut(false)
    expect((await agent.fetch(PAYMENTS)).status).toBe(200)
    expect(agent.ended).toBeUndefined()
  })

  it('a wrong key is a refused client, not an outage', async () => {
    const { taskToken } = await delegate({ resources: ['payments'] })
    const before = running.exchanges()
    const stranger = bootAgent({ ...running.seams, client: running.helperAgent, task: { taskToken } })
    expect(await thrownBy(stranger)).toMatchObject({ kind: 'denied', reason: 'actor_invalid', retryable: false })
    expect(running.exchanges() - before).toBe(1)
  })
})

describe('child tasks against the real services', () => {
  it('are made, booted and ended with their parent', async () => {
    const parent = await boot(await delegate({ resources: ['payments'] }))
    const made = await parent.createChild({ resources: ['payments'], expiresIn: 300, purpose: 'one part' })
    expect(made.task).toMatchObject({ parentId: parent.taskId, binding: { ticket_id: 'T-1042' }, bindingSource: 'inherited' })
    const child = await boot(made)
    expect((await child.fetch(PAYMENTS)).status).toBe(200)
    expect(await parent.readTask(child.taskId)).toMatchObject({ id: child.taskId, state: 'active' })
    expect(await parent.complete()).toMatchObject({ task: { state: 'completed' }, status: 'confirmed' })
    expect(await denialOf(await child.fetch(PAYMENTS))).toMatchObject({ reason: 'task_completed' })
    expect(await thrownBy(child.renew('payments'))).toMatchObject({ kind: 'denied', reason: 'task_completed' })
    expect(await thrownBy(parent.fetch(PAYMENTS))).toMatchObject({ reason: 'task_completed' })
  })

  it('are refused beyond the parent, and the parent works on', async () => {
    const parent = await boot(await delegate({ resources: ['payments'] }))
    expect(await thrownBy(parent.createChild({ resources: ['models'] }))).toMatchObject({ kind: 'denied', reason: 'target_refused' })
    expect(await thrownBy(parent.createChild({ resources: ['payments'], expiresIn: 100_000 }))).toMatchObject({ kind: 'denied', reason: 'target_refused' })
    expect((await parent.fetch(PAYMENTS)).status).toBe(200)
  })
})

describe('a workload on its own identity against the real services', () => {
  it('starts one task from its template and stays in it', async () => {
    const agent = await bootAgent({ ...running.seams, client: running.triage, task: 'own' })
    expect(agent.resources.map(({ name }) => name)).toContain('models')
    await agent.renew('models')
    running.clock.advance(301_000)
    expect(decodeJwt(await agent.token('models'))).toMatchObject({ task_id: agent.taskId, sub: 'spiffe://example.org/agent/triage' })
    expect(await agent.readTask()).toMatchObject({ id: agent.taskId, bindingSource: 'template', purpose: 'triage' })
    const child = await agent.createChild({ resources: ['models'], expiresIn: 60 })
    expect(child.task.parentId).toBe(agent.taskId)
  })
})

describe('an agent that was handed a runtime token', () => {
  it('works until that token ends and cannot stretch it', async () => {
    const first = await boot(await delegate({ resources: ['payments'] }))
    running.clock.advance(300_000)
    const agent = await bootAgent({ ...running.seams, client: running.refundAgent, task: { runtimeToken: await first.token('payments') } })
    expect(decodeJwt(await agent.token('payments')).exp).toBe(decodeJwt(await first.token('payments')).exp)
    running.clock.advance(301_000)
    expect(await thrownBy(agent.token('payments'))).toMatchObject({ kind: 'denied', reason: 'token_expired' })
    expect(agent.ended?.reason).toBe('token_expired')
  })
})

it('leaves no token in the audit of all of this', () => {
  expect(running.journal.records.length).toBeGreaterThan(20)
  expect(JSON.stringify(running.journal.records)).not.toMatch(/eyJ/)
})

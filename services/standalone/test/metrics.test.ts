// The numbers of the real product, read the way a scraper reads them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTriageHouse } from './triage-house.ts'
import type { TriageHouse } from './triage-house.ts'

let house: TriageHouse
let taskId: string
let tokens: ReadonlyMap<string, string>

beforeAll(async () => {
  house = await openTriageHouse()
  ;({ taskId, tokens } = await house.boot())
})
afterAll(() => house.close())

/** The value of one series; 0 where there is none. Label order does not matter. */
async function value(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
  const wanted = Object.entries(labels).map(([label, is]) => `${label}="${is}"`)
  const line = (await house.scrape())
    .split('\n')
    .find((each) => (each.startsWith(`${name}{`) || each.startsWith(`${name} `)) && wanted.every((label) => each.includes(label)))
  return Number(line?.split(' ').at(-1) ?? 0)
}

describe('what happened is in the numbers', () => {
  it('counts an exchange that issued, on the agents plane', async () => {
    expect(await value('bailiwick_token_exchanges_total', { outcome: 'issued' })).toBe(1)
    expect(await value('bailiwick_decisions_total', { plane: 'agents', effect: 'allow', reason_class: 'none' })).toBe(1)
    expect(await value('bailiwick_decision_duration_seconds_count', { plane: 'agents' })).toBe(1)
  })

  it('counts an exchange that was refused', async () => {
    const answer = await house.exchange(taskId, 'payroll')
    expect(answer.body).toMatchObject({ reason: 'target_refused' })
    expect(await value('bailiwick_token_exchanges_total', { outcome: 'refused' })).toBe(1)
    expect(await value('bailiwick_decisions_total', { plane: 'agents', effect: 'deny', reason_class: 'request' })).toBe(1)
  })

  it('counts an allow and how long it took', async () => {
    const answer = await house.decide('tickets', tokens.get('tickets'), 'ticket_get')
    expect(answer.body).toMatchObject({ effect: 'allow' })
    expect(await value('bailiwick_decisions_total', { plane: 'gateways', effect: 'allow', reason_class: 'none' })).toBe(1)
    expect(await value('bailiwick_decision_duration_seconds_count', { plane: 'gateways' })).toBe(1)
    const sum = await value('bailiwick_decision_duration_seconds_sum', { plane: 'gateways' })
    expect(sum).toBeGreaterThan(0)
    expect(sum).toBeLessThan(5)
  })

  it.each([
    ['policy', 'tickets', 'tickets', 'ticket_comment', 'policy_denied'],
    ['token', 'crm', 'tickets', 'customer_get', 'wrong_resource'],
    ['token', 'crm', undefined, 'customer_get', 'token_missing'],
  ])('counts a deny of class %s (%s called with the token of %s)', async (reasonClass, resource, of, tool, reason) => {
    const labels = { plane: 'gateways', effect: 'deny', reason_class: reasonClass }
    const before = await value('bailiwick_decisions_total', labels)
    const answer = await house.decide(resource, of === undefined ? undefined : tokens.get(of), tool)
    expect(answer.body).toMatchObject({ effect: 'deny', reason })
    expect(await value('bailiwick_decisions_total', labels)).toBe(before + 1)
  })

  it('counts a revocation by its kind and what its caller was told, and the denies that follow as the task', async () => {
    const own = await house.boot()
    const answer = await house.revoke({ kind: 'task', id: own.taskId })
    expect(answer.body).toMatchObject({ status: 'confirmed' })
    expect(await value('bailiwick_revocations_total', { kind: 'task', status: 'confirmed' })).toBe(1)
    expect(await value('bailiwick_decisions_total', { plane: 'operators', effect: 'allow', reason_class: 'none' })).toBe(1)
    const denied = await house.decide('tickets', own.tokens.get('tickets'), 'ticket_get')
    expect(denied.body).toMatchObject({ reason: 'task_revoked' })
    expect(await value('bailiwick_decisions_total', { plane: 'gateways', effect: 'deny', reason_class: 'task' })).toBe(1)
  })

  it('counts strangers at control as callers', async () => {
    const response = await fetch(`${house.running.urls.operators}/v1/tasks`, { headers: { authorization: `Bearer bwop_${'A'.repeat(43)}` } })
    expect(response.status).toBe(401)
    expect(await value('bailiwick_decisions_total', { plane: 'operators', effect: 'deny', reason_class: 'caller' })).toBe(1)
  })

  it('tells what runs, and that nothing waits or failed', async () => {
    expect(await value('bailiwick_build_info', { version: '0.1.0', node: process.versions.node })).toBe(1)
    expect(await value('bailiwick_audit_queue_depth')).toBe(0)
    expect(await value('bailiwick_policy_mismatch_errors_total')).toBe(0)
    expect(await value('bailiwick_event_loop_lag_seconds_count')).toBeGreaterThan(0)
    expect(await house.scrape()).not.toMatch(/^bailiwick_(store_errors|audit_refused)_total/m)
  })
})

describe('who may read them', () => {
  it('is whoever reaches the operators plane: nobody else is served there', async () => {
    const statuses = await Promise.all(Object.values(house.running.urls).map(async (url) => (await fetch(`${url}/metrics`)).status))
    expect(statuses).toEqual([404, 404, 200])
  })

  it('is anybody on a shared development address, which is loopback', async () => {
    const shared = await openTriageHouse({ shared: true })
    const { tokens: own } = await shared.boot()
    const answer = await shared.decide('tickets', own.get('tickets'), 'ticket_get')
    const text = await shared.scrape()
    await shared.close()
    expect(answer.body).toMatchObject({ effect: 'allow' })
    expect(text).toContain('bailiwick_decisions_total{effect="allow",plane="gateways",reason_class="none"} 1')
  })

  it('gets Prometheus text that is not kept', async () => {
    const response = await fetch(`${house.running.urls.operators}/metrics`)
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(response.headers.get('cache-control')).toBe('no-store')
    for (const line of (await response.text()).trimEnd().split('\n')) {
      expect(line).toMatch(/^(# (HELP|TYPE) bailiwick_[a-z_]+ .+|bailiwick_[a-z_]+(\{([a-z_]+="[^"]*",?)+\})? [0-9.e+-]+)$/)
    }
  })

  it('learns nothing of any one task, agent, tool, path or token', async () => {
    await house.decide('tickets', tokens.get('tickets'), 'a_tool_nobody_knows')
    const text = await house.scrape()
    for (const secret of [taskId, ...tokens.values(), 'triage', 'ticket', 'T-1042', 'a_tool_nobody_knows', '/mcp', 'example.org', '127.0.0.1']) {
      expect(text).not.toContain(secret)
    }
  })
})

it('grows no series with callers, tasks, tokens or tools', async () => {
  const series = async (): Promise<number> => (await house.scrape()).split('\n').filter((line) => line !== '' && !line.startsWith('#')).length
  await house.decide('tickets', 'not-a-token', 'x')
  const before = await series()
  for (let i = 0; i < 20; i++) {
    const booted = await house.boot()
    await house.decide('tickets', booted.tokens.get('tickets'), `tool_${i}`, { 'x-request-id': `r-${i}`, 'user-agent': `agent-${i}` })
    await house.decide('tickets', `not-a-token-${i}`, `tool_${i}`)
  }
  expect(await series()).toBe(before)
})

// What an agent gets of two servers a real agentgateway has joined: both questions agree on the servers' own names of tools, and either can say no.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Agent } from '../../../../packages/client/src/index.ts'
import { typescript2 } from '../mcp-clients/typescript.ts'
import type { McpSession } from '../mcp-clients/mcp-client.ts'
import { openJoinedHouse } from './house.ts'
import type { JoinedHouse } from './house.ts'

const T1042 = { ticket_id: 'T-1042' }
const NO = 'triage is about T-1042 today'
const DECISIONS = z.object({
  items: z.array(
    z.looseObject({ door: z.string(), effect: z.string(), action: z.looseObject({ method: z.string().optional(), name: z.string().optional() }).optional() }),
  ),
})

export function joinedServersCases(binary: string): void {
  describe.each(['legacy', 'auto'] as const)('the route desk, an MCP client in mode %s', (mode) => {
    let house: JoinedHouse
    let agent: Agent
    let session: McpSession
    beforeAll(async () => {
      house = await openJoinedHouse({ binary, guardrails: 'as shipped' })
      agent = await house.boot()
      session = await typescript2.open({ url: house.url, mode, headers: { authorization: `Bearer ${await agent.token('desk')}` } })
    })
    afterAll(async () => {
      await session?.close()
      await house?.close()
    })
    const reached = (): number => [...house.tickets.calls.values(), ...house.crm.calls.values()].reduce((sum, calls) => sum + calls, 0)

    it('shows of both servers’ tools what one policy allows, under the gateway’s names', async () => {
      expect(session.connected).toMatchObject({ kind: 'result' })
      expect((await session.list()).text.split('\n')).toEqual(['tickets_ticket_get', 'tickets_ticket_comment'])
    })

    it('lets an allowed call through to its server, as the subject Bailiwick names', async () => {
      const told = await session.call('tickets_ticket_get', T1042)
      expect(told).toMatchObject({ kind: 'result' })
      expect(told.text).toContain('Charged twice')
      expect(house.tickets.calls.get('ticket_get')).toBe(1)
      expect(house.tickets.lastCaller()).toMatchObject({ subject: 'spiffe://example.org/agent/triage' })
    })

    it('records both questions about that call under the one name its server knows', async () => {
      const { items } = DECISIONS.parse(await house.control(`/v1/decisions?task_id=${agent.taskId}&limit=200`))
      // ExtMcp is asked of the answer too, which names nothing.
      const calls = items.filter(({ action }) => action?.method === 'tools/call' && action.name !== undefined)
      expect(new Set(calls.map(({ door, effect, action }) => `${door} ${effect} ${action?.name}`))).toEqual(
        new Set(['ext_authz allow ticket_get', 'ext_mcp allow ticket_get']),
      )
    })

    it('denies what the policy denies, with its reason, and the session goes on', async () => {
      const before = reached()
      const told = await session.call('tickets_ticket_get', { ticket_id: 'T-2001' })
      expect(told).toMatchObject({ kind: 'tool_error' })
      expect(told.text).toContain(NO)
      expect(await session.call('tickets_ticket_comment', { ...T1042, text: 'hello' })).toMatchObject({ kind: 'tool_error' })
      expect(await session.call('crm_customer_get', { customer_id: 'C-77' })).toMatchObject({ kind: 'tool_error' })
      expect(reached()).toBe(before)
      expect(await session.call('tickets_ticket_get', T1042)).toMatchObject({ kind: 'result' })
    })

    it.each(['ticket_get', 'payroll_ticket_get', 'Tickets_ticket_get', 'tickets__ticket_get'])(
      'denies %s, which is no name of a tool of these servers, and no server is asked',
      async (name) => {
        const before = reached()
        expect(['tool_error', 'thrown']).toContain((await session.call(name, T1042)).kind)
        expect(reached()).toBe(before)
      },
    )

    it('denies the very next call and list after a revocation', async () => {
      expect(await session.call('tickets_ticket_get', T1042)).toMatchObject({ kind: 'result' })
      const before = reached()
      expect(await house.operator.revoke({ kind: 'task', id: agent.taskId }, 'stop')).toMatchObject({ status: 'confirmed' })
      const told = await session.call('tickets_ticket_get', T1042)
      expect(told).toMatchObject({ kind: 'tool_error' })
      expect(JSON.stringify(told)).toContain('task_revoked')
      expect(await session.list()).toMatchObject({ kind: 'thrown' })
      expect(reached()).toBe(before)
    })
  })

  describe('mcpGuardrails alone', () => {
    let house: JoinedHouse
    let agent: Agent
    let session: McpSession
    beforeAll(async () => {
      house = await openJoinedHouse({ binary, guardrails: 'alone' })
      agent = await house.boot()
      session = await typescript2.open({ url: house.url, mode: 'auto', headers: { authorization: `Bearer ${await agent.token('desk')}` } })
    })
    afterAll(async () => {
      await session?.close()
      await house?.close()
    })

    it('filters the list', async () => {
      expect((await session.list()).text.split('\n')).toEqual(['tickets_ticket_get', 'tickets_ticket_comment'])
    })

    it('denies with a JSON-RPC error that holds the reason and the decision, and the session goes on', async () => {
      const told = await session.call('tickets_ticket_get', { ticket_id: 'T-2001' })
      expect(told).toMatchObject({ kind: 'thrown', code: -32001, data: { type: 'authorization_denied', reason: 'policy_denied' } })
      expect(told.text).toContain(NO)
      expect([...house.tickets.calls, ...house.crm.calls]).toEqual([])
      expect(await session.call('tickets_ticket_get', T1042)).toMatchObject({ kind: 'result' })
      expect([...house.tickets.calls]).toEqual([['ticket_get', 1]])
    })

    it('denies after a revocation', async () => {
      await house.operator.revoke({ kind: 'task', id: agent.taskId }, 'stop')
      const told = await session.call('tickets_ticket_get', T1042)
      expect(told).toMatchObject({ kind: 'thrown', code: -32001, data: { reason: 'task_revoked' } })
      expect([...house.tickets.calls]).toEqual([['ticket_get', 1]])
    })
  })
}

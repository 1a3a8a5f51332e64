// LiteLLM's proxy: gateways/litellm as shipped (bailiwick.py), and its own guardrail API.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { bootRefundAgent } from '../../../../examples/support-desk/src/agents/boot.ts'
import { operator } from '../../../../examples/support-desk/src/agents/operator.ts'
import { delegateRefund } from '../../../../examples/support-desk/src/agents/portal.ts'
import { definePeer } from '../define-peer.ts'
import { openLitellmHouse } from '../litellm-house.ts'
import type { LitellmHouse } from '../litellm-house.ts'
import { openVenv } from '../python-venv.ts'
import type { Venv } from '../python-venv.ts'

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })
const tool = (name: string): object => ({ type: 'function', function: { name, description: name, parameters: { type: 'object', properties: {} } } })

await definePeer<Venv>(import.meta.url, {
  find: async () => {
    const venv = await openVenv(new URL('../python/litellm.txt', import.meta.url))
    if ('skipped' in venv) return venv
    return { peer: venv, version: `litellm 1.106.2 on Python ${venv.pythonVersion}` }
  },
  cases: (venv) => {
    let scene: LitellmHouse
    let taskId: string
    let models: string
    let payments: string

    const delegate = async (): Promise<{ taskId: string; models: string; payments: string }> => {
      const task = await delegateRefund(scene.house, { person: 'alice', ticket: 'T-1042' })
      const agent = await bootRefundAgent(scene.house, task.taskToken)
      return { taskId: agent.taskId, models: await agent.token('models'), payments: await agent.token('payments') }
    }

    beforeAll(async () => {
      scene = await openLitellmHouse(venv)
      ;({ taskId, models, payments } = await delegate())
    })
    afterAll(() => scene?.close())

    const chat = async (
      body: object,
      headers: Record<string, string>,
      url = scene.url,
      path = '/v1/chat/completions',
    ): Promise<{ status: number; text: string }> => {
      const response = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hello' }], ...body }),
      })
      return { status: response.status, text: await response.text() }
    }
    const connect = async (token: string): Promise<Client> => {
      const client = new Client({ name: 'agent', version: '1.0.0' })
      await client.connect(new StreamableHTTPClientTransport(new URL(`${scene.url}/payments/mcp`), { requestInit: { headers: bearer(token) } }))
      return client
    }
    /** Logging callbacks of LiteLLM run behind the answer. */
    const noted = async (text: string): Promise<string> => {
      for (let tries = 0; tries < 100 && !scene.notes().includes(text); tries++) await new Promise((resolve) => setTimeout(resolve, 100))
      return scene.notes()
    }

    describe('with bailiwick.py', () => {
      it('lets the model of the task through', async () => {
        const { status, text } = await chat({}, bearer(models))
        expect([status, text]).toEqual([200, expect.stringContaining('T-1042')])
      })

      it('denies another model with 403 and the decision, and the model is not asked', async () => {
        const before = scene.asked.length
        const { status, text } = await chat({ model: 'gpt-4o' }, bearer(models))
        expect([status, text]).toEqual([403, expect.stringMatching(/does not allow[\s\S]*dec_/)])
        expect(scene.asked.length).toBe(before)
      })

      it('takes out a tool the task may not have, and notes it in its log', async () => {
        const { status } = await chat({ tools: [tool('refund_issue'), tool('payroll_export')] }, bearer(models))
        expect(status).toBe(200)
        expect(scene.asked.at(-1)).toMatchObject({ tools: [{ function: { name: 'refund_issue' } }] })
        expect(JSON.stringify(scene.asked.at(-1))).not.toContain('payroll_export')
        const log = await noted('payroll_export')
        expect(log).toMatch(/"allowed_tools": \["refund_issue"\], "dropped_tools": \["payroll_export"\]/)
        expect(log).not.toContain(models)
      })

      it.each([
        ['no credential', {}, {}],
        ['a token that is none', {}, bearer('sk-1234')],
        ['two credentials', {}, { authorization: 'Bearer a', 'x-litellm-api-key': 'Bearer b' }],
      ])('takes %s for no token', async (_what, body, headers) => {
        const before = scene.asked.length
        expect((await chat(body, headers)).status).toBe(401)
        expect(scene.asked.length).toBe(before)
      })

      it.each([
        ['a second model', { fallbacks: ['gpt-4o'] }],
        ['another endpoint', { api_base: 'http://127.0.0.1:9' }],
        ['two models in one', { model: 'gpt-4o-mini,gpt-4o' }],
      ])('denies %s', async (_what, body) => {
        const before = scene.asked.length
        const { status } = await chat(body, bearer(models))
        // LiteLLM refuses some of these by itself, and not always gracefully.
        expect(status).toBeGreaterThanOrEqual(400)
        expect(scene.asked.length).toBe(before)
      })

      it('denies the payments token at the model, and paths nobody reads', async () => {
        expect((await chat({}, bearer(payments))).status).toBe(401)
        const listed = await fetch(`${scene.url}/v1/models`, { headers: bearer(models) })
        expect(listed.status).toBe(403)
        await listed.body?.cancel()
      })

      it('shows the tools the task may use, calls one, and brings the reason of a refund over the cap to the agent', async () => {
        const client = await connect(payments)
        const { tools } = await client.listTools()
        const names = tools.map(({ name }) => name)
        expect(names.map((name) => name.replace(/^payments-/, '')).sort()).toEqual(['refund_issue', 'refund_status'])
        const refund = names.find((name) => name.endsWith('refund_issue')) ?? ''
        const paid = (): number => scene.house.upstreams.payments.calls.get('refund_issue') ?? 0
        const before = paid()
        await client.callTool({ name: refund, arguments: { ticket_id: 'T-1042', amount_cents: 4000 } })
        expect(paid()).toBe(before + 1)
        const over = await client.callTool({ name: refund, arguments: { ticket_id: 'T-1042', amount_cents: 900_000 } })
        expect(over.isError).toBe(true)
        expect(JSON.stringify(over.content)).toContain('tier-1-support refund cap exceeded')
        const other = await client.callTool({ name: refund, arguments: { ticket_id: 'T-7', amount_cents: 1 } })
        expect(other.isError).toBe(true)
        expect(paid()).toBe(before + 1)
        await client.close()
      })

      it('records each of them under the task', async () => {
        const records = await operator(scene.house).decisions({ task_id: taskId, limit: '200' })
        expect(records.some(({ policy_reason: reason }) => reason === 'tier-1-support refund cap exceeded')).toBe(true)
      })

      it('stops a revoked task: at the model, and in a session that is open', async () => {
        const ended = await delegate()
        const client = await connect(ended.payments)
        await client.listTools()
        expect((await chat({}, bearer(ended.models))).status).toBe(200)
        await operator(scene.house).revoke({ kind: 'task', id: ended.taskId }, 'test')
        const { status, text } = await chat({}, bearer(ended.models))
        expect([status, text]).toEqual([403, expect.stringContaining('revoked')])
        await expect(client.listTools()).rejects.toThrow()
        await client.close().catch(() => undefined)
      })
    })

    describe('with its guardrail API', () => {
      const through = (body: object, token: string | undefined): Promise<{ status: number; text: string }> =>
        chat(body, { ...bearer(scene.guarded.key), ...(token === undefined ? {} : { 'x-bailiwick-token': token }) }, scene.guarded.url)

      it('lets the model of the task through, denies another and takes out a tool', async () => {
        expect((await through({}, models)).status).toBe(200)
        const before = scene.asked.length
        const denied = await through({ model: 'gpt-4o' }, models)
        expect(denied.status).toBe(400)
        expect(denied.text).toMatch(/does not allow[\s\S]*dec_/)
        expect(scene.asked.length).toBe(before)
        expect((await through({ tools: [tool('refund_issue'), tool('payroll_export')] }, models)).status).toBe(200)
        expect(JSON.stringify(scene.asked.at(-1))).not.toContain('payroll_export')
      })

      it('denies a call without a token', async () => {
        expect((await through({}, undefined)).text).toContain('No runtime token')
      })

      it('is not asked about a request without text: why bailiwick.py is there', async () => {
        const before = scene.asked.length
        const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }
        await through({ messages: [{ role: 'user', content: [image] }] }, undefined)
        expect(scene.asked.length).toBe(before + 1)
      })
    })
  },
})

// The 1.x MCP SDK, which most agents still run: it reads the same reasons, and its session outlives them.
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { denialOf } from '@bailiwick/client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { operator } from '../src/agents/operator.ts'
import { openScene, startWorking } from './household.ts'
import type { Scene, Working } from './household.ts'

let scene: Scene
let working: Working
let client: Client
beforeAll(async () => {
  scene = await openScene()
  working = await startWorking(scene.house)
  client = new Client({ name: 'older-agent', version: '1.0.0' })
  await client.connect(new StreamableHTTPClientTransport(new URL(`${scene.house.gatewayUrl}/payments/mcp`), { fetch: working.agent.fetch }))
})
afterAll(async () => {
  await client.close()
  await scene.close()
})

async function refund(cents: number): Promise<string> {
  const result = await client.callTool({ name: 'refund_issue', arguments: { ticket_id: 'T-1042', amount_cents: cents } })
  return denialOf(result)?.message ?? (result.isError === true ? 'tool error' : 'allow')
}

it('is allowed, reads the reason of a denial, and is allowed again in the same session', async () => {
  expect(await refund(4_000)).toBe('allow')
  expect(await refund(900_000)).toBe('tier-1-support refund cap exceeded')
  expect(await refund(4_000)).toBe('allow')
})

it('lists the tools of the server', async () => {
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['refund_issue', 'refund_status'])
})

it('reads that its task was revoked, at the very next call', async () => {
  await operator(scene.house).revoke({ kind: 'task', id: working.task.task.id }, 'stop')
  expect(await refund(4_000)).toBe('The task was revoked.')
  await expect(client.listTools()).rejects.toThrow('The task was revoked.')
})

// A household in a temporary folder with one booted refund agent, for the tests that break things.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bootAgent } from '../src/agents/agent.ts'
import type { Agent } from '../src/agents/agent.ts'
import type { McpSession, Outcome } from '../src/agents/mcp-session.ts'
import { delegateRefund } from '../src/agents/portal.ts'
import { keyCredential, TOKEN_TYPE } from '../src/agents/token-endpoints.ts'
import type { CreatedTask } from '../src/agents/token-endpoints.ts'
import { freePorts, startHousehold } from '../src/household/start-household.ts'
import type { Household, Ports } from '../src/household/start-household.ts'

/** What the tests break on purpose is said in their assertions, not in the log. */
export const QUIET = { BAILIWICK_LOG_LEVEL: 'error' }

export interface Scene {
  readonly house: Household
  readonly ports: Ports
  readonly folder: string
  close(): Promise<void>
}

export async function openScene(): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-scene-'))
  const ports = await freePorts()
  const house = await startHousehold(folder, ports, QUIET)
  return {
    house,
    ports,
    folder,
    close: async () => {
      await house.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export interface Working {
  readonly task: CreatedTask
  readonly agent: Agent
  readonly payments: McpSession
}

/** Alice delegates T-1042, the agent boots and connects to payments. */
export async function startWorking(house: Household): Promise<Working> {
  const task = await delegateRefund(house, { person: 'alice', ticket: 'T-1042' })
  if (!task.ok) throw new Error(`delegation refused: ${task.refusal.reason}`)
  const booted = await bootAgent(house, {
    credential: () => keyCredential(house.keys.refundAgent, house.issuer),
    subjectToken: () => Promise.resolve({ token: task.value.task_token, type: `${TOKEN_TYPE}jwt` }),
  })
  if (!booted.ok) throw new Error(`boot refused: ${booted.refusal.reason}`)
  const connected = await booted.agent.connect('payments')
  if (!connected.ok) throw new Error('cannot connect')
  return { task: task.value, agent: booted.agent, payments: connected.session }
}

export function refund(session: McpSession, cents = 4_000): Promise<Outcome> {
  return session.call('refund_issue', { ticket_id: 'T-1042', amount_cents: cents })
}

export function reasonOf(outcome: Outcome): string {
  return outcome.effect === 'allow' ? 'allow' : outcome.reason
}

/** Asks until the answer is `wanted`, or the tries run out: recovery has no fixed moment, only a bound. */
export async function until(wanted: string, ask: () => Promise<string>, tries = 100): Promise<string> {
  let last = ''
  for (let i = 0; i < tries; i++) {
    last = await ask()
    if (last === wanted) return last
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return last
}

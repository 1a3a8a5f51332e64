// A household in a temporary folder with one booted refund agent, for the tests that break things.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isBailiwickError } from '@bailiwick/client'
import type { Agent, CreatedTask } from '@bailiwick/client'
import { bootRefundAgent } from '../src/agents/boot.ts'
import { connect } from '../src/agents/mcp-session.ts'
import type { McpSession } from '../src/agents/mcp-session.ts'
import type { Outcome } from '../src/agents/outcome.ts'
import { delegateRefund } from '../src/agents/portal.ts'
import { freePorts, startHousehold } from '../src/household/start-household.ts'
import type { Household, Ports } from '../src/household/start-household.ts'

/** What the tests break on purpose is said in their assertions, not in the log. */
export const QUIET = { env: { BAILIWICK_LOG_LEVEL: 'error' } }

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
  const agent = await bootRefundAgent(house, task.taskToken)
  return { task, agent, payments: await connect(`${house.gatewayUrl}/payments/mcp`, agent.fetch) }
}

export function refund(session: McpSession, cents = 4_000): Promise<Outcome> {
  return session.call('refund_issue', { ticket_id: 'T-1042', amount_cents: cents })
}

export function reasonOf(outcome: Outcome): string {
  return outcome.effect === 'allow' ? 'allow' : outcome.denial.reason
}

/** `allow`, or the reason of whatever Bailiwick's library threw. */
export async function thrownReason(run: () => Promise<unknown>): Promise<string> {
  try {
    await run()
    return 'allow'
  } catch (error) {
    if (isBailiwickError(error)) return error.reason
    throw error
  }
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

// One household with everything real, and per case a fresh task, its token and a proxy in front of the gateway.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bootRefundAgent } from '../../../../examples/support-desk/src/agents/boot.ts'
import { operator } from '../../../../examples/support-desk/src/agents/operator.ts'
import { delegateRefund } from '../../../../examples/support-desk/src/agents/portal.ts'
import { freePorts, startHousehold } from '../../../../examples/support-desk/src/household/start-household.ts'
import type { Household } from '../../../../examples/support-desk/src/household/start-household.ts'
import { findPdp } from '../../../../examples/support-desk/src/story/find-pdp.ts'
import { startMeddler } from './meddler.ts'
import type { Meddler } from './meddler.ts'

/** More time than in production: what is shown is the decision, on a machine that may be doing much else. A small body limit, so that a small body is too large. */
const ENV = { BAILIWICK_LOG_LEVEL: 'error', BAILIWICK_LIMITS_DECISION: '450ms', BAILIWICK_LIMITS_MCP_BODY: '64KiB' }

export interface Theatre {
  /** A new task of alice's, its agent's token for payments, and a proxy of its own. */
  open(): Promise<Stage>
  close(): Promise<void>
}

export interface Stage {
  readonly meddler: Meddler
  /** Of payments, through the proxy. */
  readonly url: string
  /** Of payroll, which the agent has no token for: it shows the one for payments. */
  readonly elsewhere: string
  readonly headers: Readonly<Record<string, string>>
  revoke(): Promise<void>
  /** The next tool call: the server asks `ping` first, the task is revoked, then comes the client's answer. Resolves when the gateway has answered that one. */
  serverAsks(): Promise<void>
  killPdp(): void
  pdpIsBack(): Promise<void>
  close(): Promise<void>
}

export async function openTheatre(): Promise<Theatre> {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-stage-'))
  const house = await startHousehold(folder, await freePorts(), { env: ENV })
  return {
    open: () => openStage(house),
    close: async () => {
      await house.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function openStage(house: Household): Promise<Stage> {
  const task = await delegateRefund(house, { person: 'alice', ticket: 'T-1042' })
  const agent = await bootRefundAgent(house, task.taskToken)
  const meddler = await startMeddler(house.gatewayUrl)
  const revoke = async (): Promise<void> => {
    await operator(house).revoke({ kind: 'task', id: task.task.id }, 'stop')
  }
  return {
    meddler,
    url: `${meddler.url}/payments/mcp`,
    elsewhere: `${meddler.url}/payroll/mcp`,
    headers: { authorization: `Bearer ${await agent.token('payments')}` },
    revoke,
    serverAsks: () => playServer(meddler, revoke),
    killPdp: () => process.kill(findPdp(), 'SIGKILL'),
    pdpIsBack: () => until(async () => (await fetch(`${house.issuer}/readyz`)).ok),
    close: () => meddler.close(),
  }
}

function playServer(meddler: Meddler, revoke: () => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    meddler.meddle = async ({ rpcMethod, rpcId }, response) => {
      if (rpcMethod !== 'tools/call') return false
      meddler.meddle = () => false
      await revoke()
      const event = (message: string): string => `event: message\ndata: ${message}\n\n`
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(event('{"jsonrpc":"2.0","id":"asked","method":"ping"}'))
      await until(() => Promise.resolve(meddler.answered.some(({ what }) => what === 'POST'))).then(resolve, reject)
      response.end(event(`{"jsonrpc":"2.0","id":${rpcId},"result":{"content":[]}}`))
      return true
    }
  })
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('it did not come to pass in ten seconds')
}

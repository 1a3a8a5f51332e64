// One household with everything real, and per case a fresh task, its token and a proxy in front of the gateway.
import { mkdirSync, mkdtempSync, renameSync, rmSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nowSeconds, systemClock } from '@bailiwick/core'
import { openKeyRing } from '@bailiwick/tokens'
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

/** Past the end of any runtime token of the example. */
const PAST_SECONDS = 1_200
/** An answer of the directory is remembered for so long: most cases need none, and one waits for its end. */
const DIRECTORY_TTL_SECONDS = 3

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
  /** The agent's own token, as it was signed, ten minutes past its end. */
  expiredToken(): Promise<string>
  /** Moves the store's file away; the returned function moves it back and waits until it is read again. */
  takeStoreAway(): Promise<() => Promise<void>>
  /** The directory answers with something that cannot be mapped, and nothing of it is remembered; the returned function mends it and waits. */
  garbleDirectory(): Promise<() => Promise<void>>
  close(): Promise<void>
}

export async function openTheatre(): Promise<Theatre> {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-stage-'))
  const house = await startHousehold(folder, await freePorts(), { env: ENV, directoryTtl: `${DIRECTORY_TTL_SECONDS}s` })
  return {
    open: () => openStage(house, folder),
    close: async () => {
      await house.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function openStage(house: Household, folder: string): Promise<Stage> {
  const task = await delegateRefund(house, { person: 'alice', ticket: 'T-1042' })
  const agent = await bootRefundAgent(house, task.taskToken)
  const meddler = await startMeddler(house.gatewayUrl)
  const revoke = async (): Promise<void> => {
    await operator(house).revoke({ kind: 'task', id: task.task.id }, 'stop')
  }
  const token = await agent.token('payments')
  const isReady = async (): Promise<boolean> => (await fetch(`${house.issuer}/readyz`)).ok
  return {
    meddler,
    url: `${meddler.url}/payments/mcp`,
    elsewhere: `${meddler.url}/payroll/mcp`,
    headers: { authorization: `Bearer ${token}` },
    revoke,
    serverAsks: () => playServer(meddler, revoke),
    killPdp: () => process.kill(findPdp(), 'SIGKILL'),
    pdpIsBack: () => until(isReady),
    expiredToken: () => signedLongAgo(join(folder, 'data/keys'), house.issuer, token),
    takeStoreAway: async () => {
      const back = moveAway(join(folder, 'data/bailiwick.db'))
      await until(async () => !(await isReady()))
      return async () => {
        back()
        await until(isReady)
      }
    },
    garbleDirectory: async () => {
      house.idp.garbleDirectory(true)
      await new Promise((resolve) => setTimeout(resolve, DIRECTORY_TTL_SECONDS * 1_000 + 500))
      return async () => {
        house.idp.garbleDirectory(false)
        await until(async () => (await listTools(`${house.gatewayUrl}/payments/mcp`, token)).includes('"tools"'))
      }
    },
    close: () => meddler.close(),
  }
}

/** The same claims under the same key: only the time is another one. */
async function signedLongAgo(directory: string, issuer: string, token: string): Promise<string> {
  const keys = await openKeyRing({ directory, issuer, algorithm: 'ES256', clock: systemClock })
  const verified = await keys.verifyRuntimeToken(token, nowSeconds(systemClock))
  if (!verified.ok) throw new Error(verified.denial.reason)
  const { iat, exp, ...claims } = verified.value
  return await keys.mintRuntimeToken({ ...claims, iat: iat - PAST_SECONDS, exp: exp - PAST_SECONDS })
}

/** What is in its place cannot be opened, so that nothing new begins there. Returns how to put it back. */
function moveAway(file: string): () => void {
  renameSync(file, `${file}.away`)
  mkdirSync(file)
  return () => {
    rmdirSync(file)
    renameSync(`${file}.away`, file)
  }
}

async function listTools(url: string, token: string): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2025-06-18',
    },
    body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}',
  })
  return await response.text()
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

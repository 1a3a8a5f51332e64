// The whole story with every real piece: identity provider, MCP servers and clients, gateway, ext_authz, Cerbos, stores. One household for the file.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freePorts, startHousehold } from '../src/household/start-household.ts'
import type { Household } from '../src/household/start-household.ts'
import { play } from '../src/story/script.ts'
import type { Played } from '../src/story/script.ts'
import { stageOf } from '../src/story/stage.ts'
import { tellStory } from '../src/story/story.ts'

const QUIET = { env: { BAILIWICK_LOG_LEVEL: 'error' } }

let folder: string
let house: Household
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-story-'))
  house = await startHousehold(folder, await freePorts(), QUIET)
})
afterAll(async () => {
  await house.close()
  rmSync(folder, { recursive: true, force: true })
})

it('plays from the first boot to the audit with every verdict and reason as the design tells it', async () => {
  const played: Played[] = []
  for (const act of tellStory(stageOf(house))) for (const step of act.steps) played.push(await play(step))
  const told = played.map(
    ({ step, outcome, problem }) =>
      `${outcome.effect === 'allow' ? 'allow' : outcome.denial.reason} | ${step.who} ${step.what}${problem === undefined ? '' : ` | ${problem}`}`,
  )
  expect(told).toMatchInlineSnapshot(`
    [
      "allow | triage-agent boots on its workload identity",
      "allow | triage-agent asks gpt-4o-mini",
      "policy_denied | triage-agent asks gpt-4o",
      "allow | triage-agent reads ticket T-1042",
      "wrong_resource | triage-agent connects to payments, with the only kind of token it has",
      "wrong_resource | triage-agent connects to payroll, with the only kind of token it has",
      "allow | alice hands ticket T-1042 to the refund agent, in the portal",
      "allow | refund-agent boots: one token for each resource of the task",
      "allow | refund-agent refunds $40 on T-1042",
      "policy_denied | refund-agent refunds $9,000 on T-1042",
      "allow | refund-agent reads the denial and leaves a note on the ticket instead",
      "binding_mismatch | refund-agent refunds $40 on T-2001, another ticket",
      "arguments_invalid | refund-agent refunds "4000" on T-1042: a string",
      "wrong_resource | refund-agent shows its payments token at tickets",
      "token_invalid | refund-agent shows its task token at payments",
      "http_403 | refund-agent goes round the gateway, straight to payments",
      "binding_mismatch | refund-agent makes a child task bound to another ticket",
      "allow | refund-agent makes a child task for payments only, and boots it",
      "allow | operator kills the policy engine",
      "policy_unavailable | refund-agent refunds $10 on T-1042 meanwhile",
      "allow | refund-agent refunds $10 on T-1042 once it is back, which nobody had to see to",
      "allow | operator revokes the task",
      "task_revoked | refund-agent refunds $40 on T-1042, the very next call",
      "task_revoked | refund-agent exchanges its task token again",
      "task_revoked | refund-agent uses the child task",
      "task_revoked | refund-agent makes another child task",
      "allow | operator revokes the agent itself, with a hold",
      "held | alice hands it another ticket",
      "allow | operator reads what happened to the task",
    ]
  `)
  // What reached the servers is what was allowed, and nothing else.
  expect(Object.fromEntries(house.upstreams.payments.calls)).toEqual({ refund_issue: 2 })
  expect(house.upstreams.payroll.calls.size).toBe(0)
  expect(house.model.calls()).toBe(1)
  expect(house.upstreams.payments.lastCaller()).toMatchObject({ subject: 'corp:alice', actor: 'client:refund-agent' })
})

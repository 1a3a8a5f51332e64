// What everybody depends on is taken away, for real, one piece at a time: every decision denies with its reason, none hangs, none turns into an
// allow, and all recover without a restart.
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLauncher } from '@bailiwick/client'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { operator } from '../src/agents/operator.ts'
import { delegateRefund } from '../src/agents/portal.ts'
import { startIdentityProvider } from '../src/idp/identity-provider.ts'
import { signIn } from '../src/idp/sign-in.ts'
import { findPdp } from '../src/story/find-pdp.ts'
import { openScene, reasonOf, refund, startWorking, thrownReason, until } from './household.ts'
import type { Scene } from './household.ts'

let scene: Scene
beforeEach(async () => {
  scene = await openScene()
})
afterEach(() => scene.close())

const refunds = (): number => scene.house.upstreams.payments.calls.get('refund_issue') ?? 0

it('denies policy_unavailable while the PDP is dead, and allows again once it is back', async () => {
  const { payments } = await startWorking(scene.house)
  expect(reasonOf(await refund(payments))).toBe('allow')
  process.kill(findPdp(), 'SIGKILL')
  expect(reasonOf(await refund(payments))).toBe('policy_unavailable')
  expect(refunds()).toBe(1)
  expect(await until('allow', async () => reasonOf(await refund(payments)))).toBe('allow')
})

it('denies within its deadline while the PDP hangs', async () => {
  const { payments } = await startWorking(scene.house)
  const pid = findPdp()
  process.kill(pid, 'SIGSTOP')
  try {
    expect(reasonOf(await refund(payments))).toMatch(/^(policy_unavailable|deadline_exceeded)$/)
    expect(refunds()).toBe(0)
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  expect(await until('allow', async () => reasonOf(await refund(payments)))).toBe('allow')
})

it('refuses to delegate while the identity provider is gone and nothing of it is cached, and works once it is back', async () => {
  const { house, ports } = scene
  // The id_token is real and still good; only Bailiwick has never seen the provider's keys.
  const idToken = await signIn(house.idp, 'alice')
  await house.idp.close()
  const portal = createLauncher({ issuer: house.issuer, client: house.keys.portal.credential })
  const launch = { subjectToken: idToken, subjectTokenType: 'id_token', agent: 'refund-agent', resources: ['payments'] } as const
  expect(await thrownReason(() => portal.createTask(launch))).toBe('keys_unavailable')
  const back = await startIdentityProvider(ports.idp, house.idp.directorySecret)
  try {
    // The provider came back with new keys, so the old token stays refused; a new sign-in works.
    expect(await until('allow', () => thrownReason(() => delegateRefund({ ...house, idp: back }, { person: 'alice', ticket: 'T-1042' })))).toBe('allow')
    expect(await thrownReason(() => portal.createTask(launch))).toBe('subject_invalid')
  } finally {
    await back.close()
  }
})

it(
  'denies state_unavailable once the store file is unlinked and replaced, recovers by itself, and nothing from before lives again',
  { timeout: 90_000 },
  async () => {
    const { house, folder } = scene
    const ended = await startWorking(house)
    await operator(house).revoke({ kind: 'task', id: ended.task.task.id }, 'stop')
    const { payments } = await startWorking(house)
    expect(reasonOf(await refund(payments))).toBe('allow')
    const data = join(folder, 'data')
    for (const name of readdirSync(data)) if (name.startsWith('bailiwick.db')) rmSync(join(data, name))
    writeFileSync(join(data, 'bailiwick.db'), '')
    expect(reasonOf(await refund(payments))).toBe('state_unavailable')
    expect(refunds()).toBe(1)
    // New work starts on the recovered store without a restart: half a minute later, when what was signed cannot have been spent before the loss.
    const startAgain = async (): Promise<string> => {
      let outcome = ''
      const refused = await thrownReason(async () => {
        outcome = reasonOf(await refund((await startWorking(house)).payments))
      })
      return refused === 'allow' ? outcome : refused
    }
    expect(await until('allow', startAgain, 400)).toBe('allow')
    expect(refunds()).toBe(2)
    expect(reasonOf(await refund(payments))).toBe('task_unknown')
    expect(reasonOf(await refund(ended.payments))).toBe('task_unknown')
  },
)

it('denies profile_unavailable for somebody nobody asked about yet while the directory hangs, and delegates once it answers', async () => {
  const { house } = scene
  house.idp.freezeDirectory(true)
  const ask = (): Promise<string> => thrownReason(() => delegateRefund(house, { person: 'bob', ticket: 'T-1042' }))
  expect(await ask()).toBe('profile_unavailable')
  house.idp.freezeDirectory(false)
  expect(await until('allow', ask)).toBe('allow')
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { testClock } from '@bailiwick/kit/clock'
import { isUsable, toFreshToken } from '../src/fresh-token.ts'
import { pauseAfter } from '../src/patience.ts'
import { fakeBailiwick, granted, json, jws, oauthError, PAYMENTS, refused, TASK_ID, thrownBy, UNSIGNED } from './fake-bailiwick.ts'
import type { FakeBailiwick, FakeOptions } from './fake-bailiwick.ts'

const service = (options: FakeOptions = {}): FakeBailiwick => fakeBailiwick({ client: UNSIGNED, ...options })

/** Everything that waits for no timer has happened. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('the life of a token', () => {
  it('is over before expires_in says so, whatever the lifetime and the chance, on both clocks', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 0, max: 200_000_000 }),
        (life, random, after) => {
          const clock = testClock()
          const fresh = toFreshToken({ token: jws('p'), expiresInSeconds: life }, { monotonicMs: clock.monotonicMs(), wallMs: clock.nowMs() }, random)
          clock.advance(after)
          if (after >= life * 1_000) expect(isUsable(fresh, clock)).toBe(false)
          // A token of any length is good for most of its life: a margin must not eat it.
          if (after < life * 850) expect(isUsable(fresh, clock)).toBe(true)
        },
      ),
      { numRuns: 300 },
    )
  })

  it.each([
    [0, 420_000],
    [0.5, 465_000],
    [0.999999, 510_000],
  ])('comes up for renewal between 70 and 85 per cent: chance %d of ten minutes at %d ms', async (random, dueMs) => {
    const fake = service()
    const agent = await fake.boot({ random: () => random })
    fake.clock.advance(dueMs - 1_000)
    await agent.token('payments')
    await settled()
    expect(fake.exchanges).toHaveLength(1)
    fake.clock.advance(1_000)
    await agent.token('payments')
    await settled()
    expect(fake.exchanges).toHaveLength(2)
  })

  it('is renewed behind its user: the old token is handed out until the new one is there', async () => {
    const fake = service()
    const agent = await fake.boot()
    fake.clock.advance(500_000)
    expect(await agent.token('payments')).toBe(jws('payments-1'))
    await settled()
    expect(await agent.token('payments')).toBe(jws('payments-4'))
    expect(await agent.token('tickets')).toBe(jws('tickets-2'))
  })

  it('ends after a sleep of the machine that the monotonic clock did not see', async () => {
    const fake = service()
    const agent = await fake.boot()
    fake.clock.stepWall(3_600_000)
    expect(await agent.token('payments')).toBe(jws('payments-4'))
  })

  it('is not stretched by a wall clock that was set back', async () => {
    const fake = service()
    const agent = await fake.boot()
    fake.clock.stepWall(-3_600_000)
    fake.clock.advance(600_000)
    expect(await agent.token('payments')).toBe(jws('payments-4'))
  })

  it('counts from before the request left: a slow answer shortens it', async () => {
    const fake = service({ expiresIn: 60 })
    fake.answer('exchange', (sent) => {
      fake.clock.advance(5_000)
      return fake.grant(sent)
    })
    const agent = await fake.boot()
    fake.answer('exchange', fake.grant)
    fake.clock.advance(53_500)
    expect(await agent.token('payments')).toBe(jws('payments-4'))
  })

  it('is nothing when it ended on the way: no exchange after another is made for it', async () => {
    const fake = service({ expiresIn: 0 })
    const agent = await fake.boot()
    expect(await thrownBy(agent.token('payments'))).toMatchObject({ kind: 'denied', reason: 'token_expired' })
    expect(fake.exchanges).toHaveLength(2)
  })
})

describe('one exchange at a time', () => {
  it('serves 100 callers without a token with one exchange', async () => {
    const fake = service()
    const agent = await fake.boot()
    fake.clock.advance(600_000)
    const tokens = await Promise.all(Array.from({ length: 100 }, () => agent.token('payments')))
    expect(new Set(tokens)).toEqual(new Set([jws('payments-4')]))
    expect(fake.exchanges).toHaveLength(2)
    expect(fake.exchanges[1]?.body['items']).toEqual([{ resource: PAYMENTS }])
  })

  it('serves 100 callers of a token that is due with one exchange behind them', async () => {
    const fake = service()
    const agent = await fake.boot()
    fake.clock.advance(520_000)
    const tokens = await Promise.all(Array.from({ length: 100 }, () => agent.token('payments')))
    expect(new Set(tokens)).toEqual(new Set([jws('payments-1')]))
    await settled()
    expect(fake.exchanges).toHaveLength(2)
  })

  it('repeats one exchange, not a hundred, while the service is unavailable', async () => {
    const fake = service()
    const agent = await fake.boot()
    fake.clock.advance(600_000)
    let down = 2
    fake.answer('exchange', (sent) => (down-- > 0 ? oauthError('policy_unavailable', 503) : fake.grant(sent)))
    const tokens = await Promise.all(Array.from({ length: 100 }, () => agent.token('payments')))
    expect(new Set(tokens).size).toBe(1)
    expect(fake.exchanges).toHaveLength(4)
  })

  it('gives up once for all 100 who waited', async () => {
    const fake = service()
    const agent = await fake.boot({ patienceMs: 2_000 })
    fake.clock.advance(600_000)
    fake.answer('exchange', () => oauthError('policy_unavailable', 503))
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => thrownBy(agent.token('payments'))))
    expect(outcomes.every((thrown) => thrown === outcomes[0])).toBe(true)
    expect(outcomes[0]).toMatchObject({ kind: 'unavailable', reason: 'policy_unavailable' })
    // 188, 375 and 750 ms apart: the next pause would not fit.
    expect(fake.exchanges).toHaveLength(5)
  })

  it('tells 100 callers of one refusal', async () => {
    const fake = service()
    const agent = await fake.boot()
    fake.clock.advance(600_000)
    fake.answer('exchange', () => oauthError('task_revoked'))
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => thrownBy(agent.token('payments'))))
    expect(new Set(outcomes.map((thrown) => (thrown instanceof Error ? thrown.message : '')))).toEqual(new Set(['task_revoked: The task was revoked.']))
    expect(fake.exchanges).toHaveLength(2)
  })

  it('keeps scopes apart, however they are spelled, and asks for each once', async () => {
    const fake = service()
    const agent = await fake.boot()
    const wide = await agent.token('payments', { scope: 'refund:write  refund:read' })
    expect(await agent.token('payments', { scope: 'refund:read refund:write refund:read' })).toBe(wide)
    expect(await agent.token('payments', { scope: 'refund:read' })).not.toBe(wide)
    expect(await agent.token('payments')).toBe(jws('payments-1'))
    expect(fake.exchanges.slice(1).map(({ body }) => body['items'])).toEqual([
      [{ resource: PAYMENTS, scope: 'refund:read refund:write' }],
      [{ resource: PAYMENTS, scope: 'refund:read' }],
    ])
  })
})

describe('a renewal that fails', () => {
  it('with a denial of the task ends the agent, is not repeated, and takes the other tokens too', async () => {
    const fake = service()
    const agent = await fake.boot()
    fake.clock.advance(520_000)
    fake.answer('exchange', () => oauthError('task_revoked'))
    await agent.token('payments')
    await settled()
    fake.answer('exchange', fake.grant)
    expect(agent.ended).toMatchObject({ kind: 'denied', reason: 'task_revoked' })
    for (const use of [
      () => agent.token('payments'),
      () => agent.token('tickets'),
      () => agent.renew('tickets'),
      () => agent.fetch(PAYMENTS),
      () => agent.readTask(),
    ])
      expect(await thrownBy(use())).toBe(agent.ended)
    expect(fake.exchanges).toHaveLength(2)
    expect(fake.calls).toHaveLength(0)
  })

  it('with a denial of one resource ends that resource alone', async () => {
    const fake = service()
    const agent = await fake.boot()
    fake.clock.advance(520_000)
    fake.answer('exchange', () => json(200, { task_id: TASK_ID, items: [refused(PAYMENTS, 'cut_off')] }))
    await agent.token('payments')
    await settled()
    expect(await thrownBy(agent.token('payments'))).toMatchObject({ kind: 'denied', reason: 'cut_off', resource: PAYMENTS })
    expect(agent.denials.get(PAYMENTS)).toMatchObject({ reason: 'cut_off' })
    expect(agent.resources.map(({ name }) => name)).toEqual(['tickets', 'models'])
    expect(agent.ended).toBeUndefined()
    expect(await agent.token('tickets')).toBe(jws('tickets-2'))
  })

  it('for want of the service is repeated with growing pauses while the token lives, and the token is used meanwhile', async () => {
    const fake = service()
    const agent = await fake.boot({ random: () => 0 })
    fake.answer('exchange', () => oauthError('state_unavailable', 503))
    fake.clock.advance(420_000)
    const tries: number[] = []
    for (let second = 0; second < 170; second++) {
      const before = fake.exchanges.length
      expect(await agent.token('payments')).toBe(jws('payments-1'))
      await settled()
      if (fake.exchanges.length > before) tries.push(second)
      fake.clock.advance(1_000)
    }
    const pauses = tries.slice(1).map((second, at) => second - (tries[at] ?? 0))
    expect(tries[0]).toBe(0)
    // Half of 250 ms doubled each time and looked at once a second; never longer than half of 30 s here, where chance is 0.
    expect(pauses).toEqual([1, 1, 1, 1, 2, 4, 8, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15].slice(0, pauses.length))
    expect(pauses.length).toBeGreaterThan(8)
    fake.answer('exchange', fake.grant)
    fake.clock.advance(30_000)
    expect(await agent.token('payments')).toBe(jws('payments-4'))
  })

  it('for want of something about one resource is repeated too, and ends nothing', async () => {
    const fake = service()
    const agent = await fake.boot()
    const unavailable = (): Response => json(200, { task_id: TASK_ID, items: [refused(PAYMENTS, 'policy_unavailable')] })
    let down = 2
    fake.answer('exchange', (sent) => (down-- > 0 ? unavailable() : fake.grant(sent)))
    expect(await agent.renew('payments')).toBe(jws('payments-4'))
    expect(fake.exchanges).toHaveLength(4)
    fake.answer('exchange', unavailable)
    expect(await thrownBy(agent.renew('payments'))).toMatchObject({ kind: 'unavailable', reason: 'policy_unavailable', retryable: true })
    expect(await agent.token('payments')).toBe(jws('payments-4'))
    expect(agent.denials.size).toBe(0)
  })

  it('pauses briefly again after one that passed', async () => {
    const fake = service()
    const agent = await fake.boot({ random: () => 0 })
    const tokenAfter = async (ms: number): Promise<number> => {
      fake.clock.advance(ms)
      await agent.token('payments')
      await settled()
      return fake.exchanges.length
    }
    fake.answer('exchange', () => oauthError('state_unavailable', 503))
    expect([await tokenAfter(420_000), await tokenAfter(125), await tokenAfter(250), await tokenAfter(500), await tokenAfter(1_000)]).toEqual([2, 3, 4, 5, 6])
    fake.answer('exchange', fake.grant)
    expect(await tokenAfter(2_000)).toBe(7)
    fake.answer('exchange', () => oauthError('state_unavailable', 503))
    expect([await tokenAfter(420_000), await tokenAfter(124), await tokenAfter(1)]).toEqual([8, 8, 9])
  })

  it('behind a user does not stand in the way of who waits: a caller without a token gets its own patience', async () => {
    const fake = service()
    const agent = await fake.boot()
    fake.clock.advance(520_000)
    let answer: (() => void) | undefined
    const held = new Promise<void>((resolve) => {
      answer = resolve
    })
    let first = true
    fake.answer('exchange', async (sent) => {
      if (!first) return await fake.grant(sent)
      first = false
      await held
      return oauthError('state_unavailable', 503)
    })
    await agent.token('payments')
    fake.clock.advance(80_000)
    const waiting = agent.token('payments')
    answer?.()
    expect(await waiting).toBe(jws('payments-4'))
  })

  it('is not repeated when it brings no longer life: the end of the task is near', async () => {
    const fake = service()
    const agent = await fake.boot()
    // Every token of the task ends with the task.
    fake.answer('exchange', () =>
      json(200, { task_id: TASK_ID, items: [granted(PAYMENTS, 'capped', 600 - Math.floor((fake.clock.monotonicMs() - 1_000) / 1_000))] }),
    )
    for (let second = 0; second < 590; second += 5) {
      await agent.token('payments')
      await settled()
      fake.clock.advance(5_000)
    }
    expect(await agent.token('payments')).toBe(jws('capped'))
    expect(fake.exchanges).toHaveLength(2)
  })
})

it('is asked again with a fresh assertion when the machine slept over the first, and only then', async () => {
  const fake = fakeBailiwick()
  const agent = await fake.boot()
  let asleep = true
  fake.answer('exchange', (sent) => {
    if (!asleep) return fake.grant(sent)
    asleep = false
    fake.clock.stepWall(3_600_000)
    return oauthError('client_unauthenticated', 401)
  })
  expect(await agent.renew('payments')).toBe(jws('payments-4'))
  expect(fake.exchanges).toHaveLength(3)
  expect(fake.exchanges[1]?.body['client_assertion']).not.toBe(fake.exchanges[2]?.body['client_assertion'])

  fake.answer('exchange', () => oauthError('client_unauthenticated', 401))
  expect(await thrownBy(agent.renew('payments'))).toMatchObject({ kind: 'denied', reason: 'client_unauthenticated' })
  expect(fake.exchanges).toHaveLength(4)
  expect(agent.ended?.reason).toBe('client_unauthenticated')
})

it('drops a token that arrives after the agent has ended', async () => {
  const fake = service()
  const agent = await fake.boot()
  fake.answer('control', () => json(200, completed))
  let release: (() => void) | undefined
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  fake.answer('exchange', async (sent) => {
    await gate
    return await fake.grant(sent)
  })
  const late = agent.renew('payments')
  await agent.complete()
  release?.()
  expect(await thrownBy(late)).toMatchObject({ kind: 'denied', reason: 'task_completed' })
  expect(await thrownBy(agent.token('payments'))).toMatchObject({ reason: 'task_completed' })
})

it('pauses at least half the doubled time, at most all of it, and never less than asked, within half a minute', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2_000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      fc.integer({ min: 0, max: 10_000_000 }),
      (failures, random, asked) => {
        const full = Math.min(250 * 2 ** Math.min(failures, 20), 30_000)
        const pause = pauseAfter(failures, random, asked)
        expect(pause).toBeGreaterThanOrEqual(Math.max(full / 2, Math.min(asked, 30_000)))
        expect(pause).toBeLessThanOrEqual(30_000)
      },
    ),
    { numRuns: 200 },
  )
})

const completed = {
  task: {
    id: TASK_ID,
    path: [],
    state: 'completed',
    subject: { sub: 'corp:alice', iss: 'https://idp.example.com', kind: 'user' },
    agent: { id: 'client:refund-agent', client_id: 'refund-agent', declared: false },
    binding: { ticket_id: 'T-1042' },
    binding_source: 'launcher',
    resources: ['payments'],
    revision: 1,
    created_at: '2026-11-20T12:00:00.000Z',
    created_by: 'client:support-portal',
    expires_at: '2026-11-20T13:00:00.000Z',
  },
  status: 'confirmed',
}

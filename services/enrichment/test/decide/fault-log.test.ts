import { expect, it } from 'vitest'
import { Fault, newDecisionId } from '@bailiwick/core'
import { testClock } from '@bailiwick/kit/clock'
import { silentLog } from '@bailiwick/kit/silent-log'
import { createFaultLog } from '../../src/decide/fault-log.ts'

const GONE = new Fault('policy', 'pdp_unreachable', 'gone')
const SLOW = new Fault('policy', 'pdp_timeout', 'slow')

function start() {
  const clock = testClock()
  const { log, lines } = silentLog()
  const faults = createFaultLog(clock, log)
  return {
    clock,
    fail: (thrown: unknown) => faults.failed(newDecisionId(clock.nowMs()), 'policy_unavailable', thrown),
    said: () => lines.map((line): Record<string, unknown> => JSON.parse(line)),
  }
}

it('says the first failure of a kind at once, with its cause and its decision', () => {
  const { fail, said } = start()
  fail(GONE)
  expect(said()).toMatchObject([
    { msg: 'a decision failed', reason: 'policy_unavailable', decision_id: expect.stringMatching(/^dec_/), err: { code: 'pdp_unreachable' } },
  ])
})

it('tells a thousand alike failures within a second in the next line of their kind', () => {
  const { clock, fail, said } = start()
  for (let n = 0; n < 1_001; n++) fail(GONE)
  clock.advance(1_000)
  fail(GONE)
  expect(said()).toHaveLength(2)
  expect(said()[1]).toMatchObject({ alike_since_last_line: 1_000 })
})

it('lets no kind of failure hide another, nor a bug of ours', () => {
  const { fail, said } = start()
  for (const thrown of [GONE, SLOW, new TypeError('ours'), GONE, SLOW, new TypeError('ours')]) fail(thrown)
  expect(said()).toHaveLength(3)
})

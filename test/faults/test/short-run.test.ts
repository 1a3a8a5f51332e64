// A short run against the product as it is, of both stores, with real processes: the whole harness in a few seconds. The same from the same seed, as far as a
// machine lets it be. Late answers are not judged here; the long run is `npm run verify:kill-switch`.
import { describe, expect, it } from 'vitest'
import { withRedis } from '@bailiwick/kit/with-redis'
import { vacuityOf } from '../src/checker/tally.ts'
import { unsafeIn } from '../src/run/run-result.ts'
import type { RunResult } from '../src/run/run-result.ts'
import { FAULTS, startRun } from '../src/run/start-run.ts'
import type { RunSettings } from '../src/run/start-run.ts'

const SEED = 20_261_120
const LONGEST_MS = 240_000
/** Small, but never nothing: the machine of the next person is slower. */
const LEAST = {
  confirmedRevokes: 5,
  revokesInEachFault: 1,
  postRevokeChecks: 100,
  allowedShare: 0.01,
  heldDenials: 0,
  observedEnded: 1,
  observedRefused: 1,
  forwarded: 1,
  timedShare: 0,
}

async function shortRun(store: Pick<RunSettings, 'store' | 'redis'>, faults: readonly string[]): Promise<RunResult> {
  return await startRun({
    ...store,
    network: 'proxies',
    realCerbos: false,
    seed: SEED,
    faults: FAULTS.filter(({ name }) => faults.includes(name)),
    seconds: 4,
    faultMs: 700,
    quietMs: 700,
    rate: 150,
    storeRate: 100,
    revokesPerSecond: 10,
    burst: 6,
    atLeast: LEAST,
  })
}

function expectSafe({ verdict, journalProblems, injected }: RunResult): void {
  expect(unsafeIn(verdict.violations)).toEqual([])
  expect(journalProblems).toEqual([])
  expect(vacuityOf(verdict.tally, injected, LEAST)).toEqual([])
}

describe('a short run on the embedded store', () => {
  it(
    'has no unsafe answer while a node is frozen, the policy engine hangs and revocations fall into held answers',
    async () => {
      expectSafe(await shortRun({ store: 'sqlite' }, ['node paused', 'PDP hangs', 'revoked during the audit write']))
    },
    LONGEST_MS,
  )
})

await withRedis('a short run on Redis', (redis) => {
  it(
    'has no unsafe answer while the primary freezes and the network to it falls silent',
    async () => {
      expectSafe(await shortRun({ store: 'redis', redis }, ['slow network to Redis', 'revoked during the policy answer']))
    },
    LONGEST_MS,
  )
})

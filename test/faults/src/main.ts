// `npm run verify:kill-switch`: every mutant, then the faults against the product as it is. Ends with 1 where an answer was unsafe, a mutant survived, or too
// little happened to mean anything.
import { findOrInstallRedis } from '@bailiwick/kit/find-redis'
import type { RedisProgram } from '@bailiwick/kit/find-redis'
import { vacuityOf } from './checker/tally.ts'
import type { Thresholds } from './checker/tally.ts'
import type { Mutant } from './mutants/mutant.ts'
import { runMutant } from './mutants/run-mutant.ts'
import type { MutantResult } from './mutants/run-mutant.ts'
import { MUTANTS, NOT_EXPRESSED } from './mutants/mutants.ts'
import { parseOptions, USAGE } from './options.ts'
import type { Options } from './options.ts'
import { renderReport } from './report/report.ts'
import type { NamedRun } from './report/report.ts'
import { unsafeIn } from './run.ts'
import { evidenceShort } from './nemesis/fault.ts'
import { FAULTS, startRun, startStorm } from './start-run.ts'
import { renderStorm } from './storm/storm-report.ts'

const options = parseOptions(process.argv.slice(2))
if (typeof options === 'string') {
  process.stderr.write(`${options}\n\n${USAGE}\n`)
  process.exit(2)
}
process.exit(await verify(options))

async function verify(given: Options): Promise<number> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`)
  say(`seed ${given.seed}`)
  const skipped: string[] = ['network namespaces: proxies that know who speaks break the network instead, and fall silent without closing anything']
  const redis = given.stores.includes('redis') ? await findOrInstallRedis() : undefined
  if (typeof redis === 'string') skipped.push(`Redis: ${redis}`)
  const program = typeof redis === 'string' ? undefined : redis
  const stores = given.stores.filter((store) => store === 'sqlite' || program !== undefined)
  if (given.storm !== undefined) return await weather(given, given.storm, stores, program)
  const mutants: MutantResult[] = []
  for (const mutant of chosenMutants({ ...given, stores })) {
    say(`mutant: ${mutant.name} ...`)
    const result = await runMutant(mutant, { seed: given.seed, ...(program === undefined ? {} : { redis: program }) })
    say(`  ${result.failed ?? (result.caughtBy.length === 0 ? 'SURVIVED' : result.caughtBy.join(' '))}, ${result.seconds.toFixed(0)} s`)
    mutants.push(result)
  }
  const runs: NamedRun[] = []
  if (given.runs) {
    const seconds = (given.minutes * 60) / stores.length
    for (const store of stores) {
      say(`${store}, ${Math.round(seconds)} s of faults ...`)
      const faults = FAULTS.filter(({ name }) => name.includes(given.faults))
      const result = await startRun({
        store,
        ...(program === undefined ? {} : { redis: program }),
        realCerbos: true,
        seed: given.seed,
        faults,
        seconds,
        faultMs: 6_000,
        quietMs: 4_000,
        rate: given.rate,
        storeRate: given.storeRate,
        revokesPerSecond: 10,
        burst: 45,
        timely: given.timely,
        log: say,
      })
      const vacuous = [...vacuityOf(result.verdict.tally, result.injected, thresholdsFor(seconds, given.timely)), ...evidenceShort(FAULTS, result)]
      runs.push({ name: store, result, vacuous })
    }
  }
  const report = { seed: given.seed, runs, mutants, notExpressed: given.mutants === false ? [] : NOT_EXPRESSED, skipped }
  process.stdout.write(`${renderReport(report, FAULTS)}\n`)
  const isSafe = runs.every(({ result }) => unsafeIn(result.verdict.violations).length === 0 && result.journalProblems.length === 0)
  const isTimely = runs.every(({ result }) => result.verdict.violations.length === unsafeIn(result.verdict.violations).length)
  return isSafe && isTimely && runs.every(({ vacuous }) => vacuous.length === 0) && mutants.every(({ caughtBy }) => caughtBy.length > 0) ? 0 : 1
}

/** Only what was revoked and allowed all the same is a failure; how long anything took is there to be read. */
async function weather({ seed }: Options, revocations: number, stores: Options['stores'], redis: RedisProgram | undefined): Promise<number> {
  let stale = 0
  for (const store of stores) {
    const result = await startStorm({ store, seed, ...(redis === undefined ? {} : { redis }) }, revocations)
    process.stdout.write(`${renderStorm(store, result)}\n`)
    stale += result.stale + result.left
  }
  return stale === 0 ? 0 : 1
}

function chosenMutants({ mutants, stores }: Options): readonly Mutant[] {
  if (mutants === false) return []
  return MUTANTS.filter(({ name, store }) => stores.includes(store) && name.includes(mutants))
}

/** What a run of twenty minutes for both stores has to reach; a shorter one in proportion, but never nothing. */
function thresholdsFor(seconds: number, timely: boolean): Thresholds {
  const share = Math.min(1, seconds / 600)
  return {
    confirmedRevokes: Math.ceil(1_000 * share),
    revokesInEachFault: Math.ceil(100 * Math.min(1, share * 2)),
    postRevokeChecks: Math.ceil(100_000 * share),
    allowedShare: 0.3,
    heldDenials: Math.ceil(50 * share),
    observedEnded: Math.ceil(1_000 * share),
    observedRefused: Math.ceil(100 * share),
    forwarded: Math.ceil(1_000 * share),
    timedShare: timely ? 0.9 : 0,
  }
}

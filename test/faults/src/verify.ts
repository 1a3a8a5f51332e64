// The verification itself, in the process and the world main.ts starts it in: every mutant, then the faults against the product as it is, then the report.
// Ends with 1 where an answer was unsafe, a mutant survived, or too little happened to mean anything.
import { vacuityOf } from './checker/tally.ts'
import type { Thresholds } from './checker/tally.ts'
import type { Mutant } from './mutants/mutant.ts'
import { runMutant } from './mutants/run-mutant.ts'
import type { MutantResult } from './mutants/run-mutant.ts'
import { MUTANTS, NOT_EXPRESSED } from './mutants/mutants.ts'
import { evidenceShort } from './nemesis/fault.ts'
import { isOrder } from './order.ts'
import type { Order } from './order.ts'
import type { StoreKind } from './cluster/cluster.ts'
import { renderReport } from './report/report.ts'
import type { NamedRun } from './report/report.ts'
import { paintFor } from './report/paint.ts'
import { shortcomingsOf } from './report/shortcomings.ts'
import { FAULTS, startRun } from './run/start-run.ts'
import { startStorm } from './storm/start-storm.ts'
import { renderStorm } from './storm/storm-report.ts'

// The command that started this is gone, or somebody wants it to end: whatever runs, runs for nobody.
process.once('disconnect', () => process.exit(1))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
const order = await new Promise<Order>((resolve) => {
  process.once('message', (message: unknown) => {
    if (isOrder(message)) resolve(message)
  })
})
process.exit(await verify(order))

async function verify(given: Order): Promise<number> {
  const { options, redis } = given
  const stores = options.stores.filter((store) => store === 'sqlite' || redis !== undefined)
  if (options.storm !== undefined) return await weather(given, options.storm, stores)
  const mutants = await everyMutant(given, stores)
  const runs = options.runs ? await everyRun(given, stores) : []
  const report = {
    seed: options.seed,
    network: given.network,
    runs,
    mutants,
    notExpressed: options.mutants === false ? [] : NOT_EXPRESSED,
    skipped: given.skipped,
  }
  process.stdout.write(`${renderReport(report, FAULTS, paintFor(process.stdout))}\n`)
  return shortcomingsOf(report).length === 0 ? 0 : 1
}

async function everyMutant({ options, network, redis }: Order, stores: readonly StoreKind[]): Promise<readonly MutantResult[]> {
  const results: MutantResult[] = []
  for (const mutant of chosenMutants(options.mutants, stores)) {
    say(`mutant: ${mutant.name} ...`)
    const result = await runMutant(mutant, { seed: options.seed, network: network.kind, ...(redis === undefined ? {} : { redis }) })
    say(`  ${result.failed?.split('\n')[0] ?? (result.caughtBy.length === 0 ? 'SURVIVED' : result.caughtBy.join(' '))}, ${result.seconds.toFixed(0)} s`)
    results.push(result)
  }
  return results
}

async function everyRun({ options, network, redis }: Order, stores: readonly StoreKind[]): Promise<readonly NamedRun[]> {
  const runs: NamedRun[] = []
  const seconds = (options.minutes * 60) / stores.length
  for (const store of stores) {
    say(`${store}, ${Math.round(seconds)} s of faults ...`)
    const result = await startRun({
      store,
      network: network.kind,
      ...(redis === undefined ? {} : { redis }),
      realCerbos: true,
      seed: options.seed,
      faults: FAULTS.filter(({ name }) => name.includes(options.faults)),
      seconds,
      faultMs: 6_000,
      quietMs: 4_000,
      rate: options.rate,
      storeRate: options.storeRate,
      revokesPerSecond: 10,
      burst: 45,
      timely: options.timely,
      log: say,
    })
    const vacuous = [...vacuityOf(result.verdict.tally, result.injected, thresholdsFor(seconds, options.timely)), ...evidenceShort(FAULTS, result)]
    runs.push({ name: store, result, vacuous })
  }
  return runs
}

/** Only what was revoked and allowed all the same is a failure; how long anything took is there to be read. */
async function weather({ options, redis }: Order, revocations: number, stores: readonly StoreKind[]): Promise<number> {
  let stale = 0
  for (const store of stores) {
    const result = await startStorm({ store, seed: options.seed, ...(redis === undefined ? {} : { redis }) }, revocations)
    process.stdout.write(`${renderStorm(store, result)}\n`)
    stale += result.stale + result.left
  }
  return stale === 0 ? 0 : 1
}

function chosenMutants(mutants: string | false, stores: readonly StoreKind[]): readonly Mutant[] {
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

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

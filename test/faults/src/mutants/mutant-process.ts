// The tester of one mutant: loads everything through the mutant's edits, runs until something unsafe is answered, says what. mutant-process.ts <name> <order>
import { editSource } from '../node/edit-source.ts'
import { MUTANTS } from './mutants.ts'
import { isMutantOrder } from './run-mutant.ts'
import type { MutantAnswer } from './run-mutant.ts'

// Whoever asked is gone.
process.once('disconnect', () => process.exit(1))

/** At most: it ends with the first unsafe answer. On a machine that is slow a failover takes a minute, and the first may come too late to show anything. */
const SECONDS = { sqlite: 30, redis: 120 } as const
/** Long enough for a promotion and for replicas to count again. */
const FAULT_MS = { sqlite: 3_000, redis: 9_000 } as const

/** Servers, Sentinels and proxies want a share of the machine too: what times out shows nothing. */
const RATE = { sqlite: 250, redis: 120 } as const

const [wanted, told = ''] = process.argv.slice(2)
const order: unknown = JSON.parse(told)
if (!isMutantOrder(order)) throw new TypeError('not an order')
const mutant = MUTANTS.find(({ name }) => name === wanted)
if (mutant === undefined) throw new Error(`no mutant is called ${wanted ?? ''}`)
editSource(mutant.edits ?? [])
const { FAULTS, startRun } = await import('../start-run.ts')
const { unsafeIn } = await import('../run.ts')
const { verdict } = await startRun({
  store: mutant.store,
  mutant,
  ...order,
  realCerbos: false,
  faults: FAULTS.filter(({ name }) => mutant.faults.includes(name)),
  seconds: SECONDS[mutant.store],
  faultMs: FAULT_MS[mutant.store],
  quietMs: 1_500,
  rate: RATE[mutant.store],
  storeRate: 50,
  revokesPerSecond: 12,
  burst: 10,
  untilViolation: true,
  log: (line) => process.stderr.write(`${line}\n`),
})
const answer: MutantAnswer = { caughtBy: [...new Set(unsafeIn(verdict.violations).map(({ rule }) => rule))] }
process.stderr.write(`caught by ${answer.caughtBy.join(' ') || 'nothing'}\n`)
if (process.send === undefined) process.exit(0)
else process.send(answer, () => process.exit(0))

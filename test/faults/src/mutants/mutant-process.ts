// The tester of one mutant: loads everything through the mutant's edits, runs until something unsafe is answered, says what. mutant-process.ts <name> <order>
import { isRule, RULES } from '../checker/rules.ts'
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
const { FAULTS, startRun } = await import('../run/start-run.ts')
const { isUnsafe } = await import('../run/run-result.ts')
const { evidenceShort } = await import('../nemesis/fault.ts')
const isLate = mutant.caughtBy.every((rule) => !isUnsafe(rule))
/** Whatever is unsafe catches it, expected or not. */
const rules = isLate ? mutant.caughtBy : Object.keys(RULES).filter(isRule).filter(isUnsafe)
const { times = 1 } = mutant
const result = await startRun({
  store: mutant.store,
  mutant,
  ...order,
  realCerbos: false,
  faults: FAULTS.filter(({ name }) => mutant.faults.includes(name)),
  seconds: SECONDS[mutant.store],
  longestSeconds: 2 * SECONDS[mutant.store],
  faultMs: FAULT_MS[mutant.store],
  quietMs: 1_500,
  rate: RATE[mutant.store],
  storeRate: 50,
  revokesPerSecond: 12,
  burst: 10,
  until: { rules, times },
  timely: isLate,
  log: (line) => process.stderr.write(`${line}\n`),
})
const broken = result.verdict.violations.map(({ rule }) => rule)
const answer: MutantAnswer = { caughtBy: rules.filter((rule) => broken.filter((one) => one === rule).length >= times), short: evidenceShort(FAULTS, result) }
process.stderr.write(`caught by ${answer.caughtBy.join(' ') || 'nothing'}\n`)
if (process.send === undefined) process.exit(0)
else process.send(answer, () => process.exit(0))

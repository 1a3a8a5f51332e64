// `npm run bench:stores`: what the two stores take, alone, in one process: a state read, a revocation, and how soon a frozen server is a deny. Needs a Redis server
// for its part (BAILIWICK_REDIS_SERVER names one) and says so where there is none. Judges by no exit code: figures of a busy machine are figures of its neighbours.
import { findOrInstallRedis } from '@bailiwick/kit/find-redis'
import { describeMachine } from '../report/machine.ts'
import { measureRedis } from './measure-redis.ts'
import { measureSqlite } from './measure-sqlite.ts'
import { printFigures } from './figure.ts'

const machine = describeMachine()
const load = machine.loadAverage.map((each) => each.toFixed(1)).join(' ')
const { p50, p99 } = machine.fdatasyncMs
say(`${machine.cpu}, ${machine.cores} cores, ${machine.system}, Node ${machine.node}, load ${load}, fdatasync p50 ${p50.toFixed(2)} p99 ${p99.toFixed(2)} ms`)
say('')
say('SQLite, 10,000 tasks, the journal as its ledger')
printFigures(say, await measureSqlite())
const program = await findOrInstallRedis()
say('')
if (typeof program === 'string') say(`Redis: skipped: ${program}`)
else {
  say(`Redis ${program.version}, a primary and two replicas (min-replicas-to-write 1, append-only file, everysec), 10,000 tasks`)
  printFigures(say, await measureRedis(program))
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

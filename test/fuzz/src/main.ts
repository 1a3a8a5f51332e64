// npm run fuzz [-- --minutes 10] [--seed 7] [--keep]: the readers and renderers, guided by the code that runs; --keep writes the corpus anew.
// npm run fuzz -- --differential [--mutations 10000000] [--seed 7]: the strict reader against every other JSON parser this machine has.
import { exploreForLong } from './coverage/explore-for-long.ts'
import { compareForLong } from './differential/compare-for-long.ts'
import { parseOptions, USAGE } from './options.ts'

const args = process.argv.slice(2)
const options = args.includes('--help') ? USAGE : parseOptions(args, Date.now() % 2 ** 31)
if (options === USAGE) process.stdout.write(`${USAGE}\n`)
else if (typeof options === 'string') {
  process.stderr.write(`fuzz: ${options}\n\n${USAGE}\n`)
  process.exitCode = 2
} else {
  const sound = options.mode === 'coverage' ? exploreForLong(options) : await compareForLong(options)
  process.exitCode = sound ? 0 : 1
}

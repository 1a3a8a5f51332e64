// npm run fuzz -- --differential [--mutations 10000000] [--seed 7]: mutated requests, the strict reader, and every other JSON parser this machine has.
import { compareForLong } from './differential/compare-for-long.ts'
import { parseOptions } from './options.ts'

const options = parseOptions(process.argv.slice(2), Date.now() % 2 ** 31)
if (typeof options === 'string') {
  process.stderr.write(`fuzz: ${options}\n`)
  process.exitCode = 2
} else process.exitCode = (await compareForLong(options)) ? 0 : 1

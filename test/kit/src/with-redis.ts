// Tests on a real Redis server, found or installed; where there is none they say so in one line and are skipped.
import { describe } from 'vitest'
import { findOrInstallRedis } from './find-redis.ts'
import type { RedisProgram } from './find-redis.ts'
import { skipped } from './skipped.ts'

/** Runs the tests with a real server, or says in one line why not. */
export async function withRedis(name: string, tests: (program: RedisProgram) => void): Promise<void> {
  const program = await findOrInstallRedis()
  if (typeof program === 'string') skipped(name, program)
  else describe(`${name} (${program.version})`, () => tests(program))
}

/** Runs the tests only where somebody asked for what takes long; else says so in one line. */
export async function inLongTests(name: string, tests: () => Promise<void>): Promise<void> {
  if (process.env['BAILIWICK_LONG_TESTS'] === '1') await tests()
  else skipped(name, 'takes about a minute; BAILIWICK_LONG_TESTS=1 runs it')
}

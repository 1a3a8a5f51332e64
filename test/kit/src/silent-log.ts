// A logger for tests: says nothing, remembers every line so that a test can look for what must never be in one. In a run of all tests the
// lines are kept in files too, for the search of the whole run (scripts/run-tests.ts).
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { createLogger } from '@bailiwick/runtime'
import type { Logger } from '@bailiwick/runtime'

export interface SilentLog {
  readonly log: Logger
  readonly lines: readonly string[]
}

export function silentLog(): SilentLog {
  const lines: string[] = []
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      const line = chunk.toString('utf8')
      lines.push(line)
      keep(line)
      done()
    },
  })
  return { log: createLogger({ level: 'debug', destination }), lines }
}

function keep(line: string): void {
  const folder = process.env['TEST_LOGS_FOLDER']
  if (folder !== undefined) appendFileSync(join(folder, `${process.pid}.log`), line)
}

// A logger for tests: says nothing, remembers every line so that a test can look for what must never be in one.
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
      lines.push(chunk.toString('utf8'))
      done()
    },
  })
  return { log: createLogger({ level: 'debug', destination }), lines }
}

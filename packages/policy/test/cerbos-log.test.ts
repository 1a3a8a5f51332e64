import { describe, expect, it } from 'vitest'
import { logCerbosLine, readCerbosLine } from '../src/cerbos-log.ts'
import { rememberLog } from './start-cerbos.ts'

describe('a line of the decision point', () => {
  it('keeps its level, its message and what it adds', () => {
    const line = { 'log.level': 'warn', '@timestamp': 'x', 'log.logger': 'cerbos.index', message: 'Index build failed', load_failures: [{ file: 'a.yaml' }] }
    expect(readCerbosLine(JSON.stringify(line))).toEqual({
      level: 'warn',
      message: 'Index build failed',
      logger: 'cerbos.index',
      detail: '{"load_failures":[{"file":"a.yaml"}]}',
    })
  })

  it.each(['panic: runtime error', '[]', '"text"', 'null', '{'])('that is not its JSON (%s) is an error as it stands, or empty', (line) => {
    expect(() => readCerbosLine(line)).not.toThrow()
  })

  it('is kept short', () => {
    const { message, detail = '' } = readCerbosLine(JSON.stringify({ 'log.level': 'error', message: 'x'.repeat(9_000), error: 'y'.repeat(9_000) }))
    expect(message.length + detail.length).toBeLessThan(3_000)
  })

  it('that repeats what a caller wrote is dropped', () => {
    const { log, lines } = rememberLog()
    logCerbosLine(
      log,
      readCerbosLine(JSON.stringify({ 'log.level': 'warn', message: 'Validation failed', errors: ["additionalProperties 'forged' not allowed"] })),
    )
    expect(lines).toEqual([])
  })
})

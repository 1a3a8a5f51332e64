import { describe, expect, it } from 'vitest'
import { isOfOneCall, logCerbosLine, readCerbosLine } from '../src/cerbos-log.ts'
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

  it.each([
    { 'log.level': 'error', message: 'Policy check failed', error: 'context canceled' },
    { 'log.level': 'error', message: 'Policy check failed', error: 'context deadline exceeded' },
    { 'log.level': 'error', message: 'Handled request', 'grpc.code': 'Internal' },
  ])('that only says that one call was given up is not read at all (%j)', (line) => {
    expect(isOfOneCall(JSON.stringify(line))).toBe(true)
  })

  it.each([
    { 'log.level': 'error', message: 'Policy check failed', error: 'failed to evaluate' },
    { 'log.level': 'error', message: 'Failed to load', error: 'quotes "error":"context canceled" in a text' },
  ])('that says anything else is read (%j)', (line) => {
    expect(isOfOneCall(JSON.stringify(line))).toBe(false)
  })
})

// npm test: all tests, and then a search of everything the run wrote - standard output, standard error, and what the loggers of the tests were
// given - for token material. A leak fails the run although every test passed. Arguments go to vitest: `npm test -- packages/core`.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLeakScanner } from './leak-scan.ts'
import type { Leak } from './leak-scan.ts'

const logs = mkdtempSync(join(tmpdir(), 'bailiwick-test-logs-'))
// A pipe is no terminal: colours are kept where the reader is one.
const colours = process.stdout.isTTY && process.env['NO_COLOR'] === undefined ? { FORCE_COLOR: '1' } : {}
const child = spawn('vitest', ['run', ...process.argv.slice(2)], {
  stdio: ['inherit', 'pipe', 'pipe'],
  env: { ...process.env, ...colours, TEST_LOGS_FOLDER: logs },
  shell: process.platform === 'win32',
})
const out = createLeakScanner('standard output')
const err = createLeakScanner('standard error')
child.stdout.on('data', (chunk: Buffer) => {
  process.stdout.write(chunk)
  out.push(chunk)
})
child.stderr.on('data', (chunk: Buffer) => {
  process.stderr.write(chunk)
  err.push(chunk)
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
child.on('error', (error) => {
  process.stderr.write(`cannot run vitest: ${error.message}\n`)
  rmSync(logs, { recursive: true, force: true })
  process.exitCode = 1
})
child.on('close', (code, signal) => {
  const leaks = [...out.end(), ...err.end()]
  let logLines = 0
  for (const name of readdirSync(logs)) {
    const scanner = createLeakScanner(`log of process ${name.replace('.log', '')}`)
    scanner.push(readFileSync(join(logs, name)))
    leaks.push(...scanner.end())
    logLines += scanner.lines
  }
  rmSync(logs, { recursive: true, force: true })
  report(leaks, out.lines + err.lines, logLines)
  const ended = code ?? 128 + (signal === null ? 1 : constants.signals[signal])
  process.exitCode = ended === 0 && leaks.length > 0 ? 1 : ended
})

function report(leaks: readonly Leak[], outputLines: number, logLines: number): void {
  const searched = `${outputLines} lines of output and ${logLines} log lines`
  if (leaks.length === 0) {
    process.stdout.write(`      Leaks  none in ${searched}\n`)
    return
  }
  process.stdout.write(`\n LEAK  token material in ${searched}:\n`)
  for (const { where, line, kind, around } of leaks) process.stdout.write(`  ${where}, line ${line}: ${kind}\n    ${around}\n`)
}

// The policies and who decides with them. A supervised engine is started once more, privately, on the same policies, and must show that it rejects what
// the schemas refuse; a remote one is asked the same. The compiler runs the policies' own tests.
import { execFile } from 'node:child_process'
import type { BailiwickConfig } from '@bailiwick/config'
import { systemClock } from '@bailiwick/core'
import type { JsonObject } from '@bailiwick/core'
import { createCerbosDecider, findCerbosBinary, superviseCerbos } from '@bailiwick/policy'
import { at, isObject, listOf, objectAt, parseObject, pick, textAt } from '../http/json.ts'
import type { Recorder } from './finding.ts'

const COMPILE_TIMEOUT_MS = 60_000
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024
const SHOWN = 3

const WITHOUT_REJECT = 'an argument of the wrong type reaches the rules: a refund of "9000" or of nothing at all may pass'
const BROKEN = 'the service does not start; one that runs keeps the last good set, so that what you edited is not in force'

export async function checkPolicy({ policy }: BailiwickConfig, found: Recorder): Promise<void> {
  if (policy.engine === 'grpc') {
    found.unknown('policy.compiles', 'the policies belong to the engine at policy.address', { costs: BROKEN, mend: 'run `cerbos compile` where they lie' })
    return await checkRemote(policy.address, found)
  }
  if (await checkCompiles(policy.directory, found)) await checkSupervised(policy.directory, found)
  else found.unknown('policy.enforces', 'not asked: the policies do not compile', { costs: WITHOUT_REJECT })
}

async function checkRemote(address: string, found: Recorder): Promise<void> {
  const decider = createCerbosDecider({ address, clock: systemClock })
  try {
    const problem = await decider.health()
    if (problem === undefined) found.ok('policy.enforces', `the engine at ${address} answers and rejects what the schemas refuse`)
    else
      found.refuse('policy.enforces', `the engine at ${address}: ${problem}`, {
        costs: `the service is not ready and denies everything. Without schema enforcement, ${WITHOUT_REJECT}`,
        mend: 'start it with schema.enforcement: reject and the policies of this repository',
      })
  } finally {
    await decider.close()
  }
}

async function checkSupervised(directory: string, found: Recorder): Promise<void> {
  const quiet = { info: () => {}, warn: () => {}, error: () => {} }
  try {
    const cerbos = await superviseCerbos({ directory, log: quiet })
    await cerbos.close()
    found.ok('policy.enforces', 'an engine started on these policies answers, and rejects what the schemas refuse')
  } catch (error) {
    found.refuse('policy.enforces', error instanceof Error ? error.message : 'the engine does not start', {
      costs: `the service does not start. Without schema enforcement, ${WITHOUT_REJECT}`,
    })
  }
}

async function checkCompiles(directory: string, found: Recorder): Promise<boolean> {
  let program: string
  try {
    program = findCerbosBinary()
  } catch (error) {
    found.unknown('policy.compiles', error instanceof Error ? error.message : 'there is no Cerbos program', { costs: BROKEN })
    return false
  }
  const { code, stdout, stderr } = await run(program, ['compile', '--output=json', directory])
  const report = stdout === '' ? {} : parseObject(stdout)
  if (report === undefined) {
    found.unknown('policy.compiles', `the compiler said nothing readable: ${stderr.slice(0, 200).trim()}`, { costs: BROKEN })
    return false
  }
  const errors = errorsOf(report)
  if (errors.length > 0) {
    found.refuse('policy.compiles', errors.slice(0, SHOWN).join('; ') + (errors.length > SHOWN ? `; and ${errors.length - SHOWN} more` : ''), {
      costs: BROKEN,
      mend: `mend the policies in ${directory}`,
    })
    return false
  }
  const tests = at(report, 'summary', 'testsCount')
  const result = textAt(report, 'summary', 'overallResult')
  if (result === 'RESULT_FAILED' || result === 'RESULT_ERRORED' || (code !== 0 && result !== 'RESULT_PASSED')) {
    found.refuse('policy.tests', `the policies compile, and their own tests fail (${result ?? `exit ${code}`})`, {
      costs: 'the policies do not decide what their authors said they would',
      mend: 'cerbos compile shows which',
    })
  } else if (typeof tests === 'number' && tests > 0) found.ok('policy.compiles', `the policies compile, and their ${tests} tests pass`)
  else
    found.warn('policy.tests', 'the policies compile; they have no tests', {
      costs: 'an edit that opens too much is found by an agent',
      mend: 'write *_test.yaml beside them',
    })
  return true
}

function errorsOf(report: JsonObject): readonly string[] {
  const failures = [...listOf(report, 'lintErrors', 'load_failures'), ...listOf(report, 'compileErrors', 'errors')].filter(isObject)
  const named = failures.map((failure) => {
    const position = objectAt(failure, 'error_details', 'position') ?? objectAt(failure, 'position')
    const place = position === undefined ? '' : `:${pick(position, 'line')}:${pick(position, 'column')}`
    return `${pick(failure, 'file')}${place} ${textAt(failure, 'description') ?? pick(failure, 'error')}`
  })
  const other = ['lintErrors', 'compileErrors'].filter((key) => report[key] !== undefined)
  return named.length > 0 ? named : other.map((key) => `${key}: see cerbos compile`)
}

function run(program: string, args: readonly string[]): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  return new Promise((settle) => {
    // Not ours: Cerbos reads settings from its environment, and our secrets are none of its business.
    const env = { PATH: '/usr/bin:/bin', CERBOS_NO_TELEMETRY: '1' }
    execFile(program, [...args], { env, maxBuffer: MAX_OUTPUT_BYTES, timeout: COMPILE_TIMEOUT_MS }, (error, stdout, stderr) => {
      settle({
        code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1,
        stdout,
        stderr: stderr === '' && error !== null ? error.message : stderr,
      })
    })
  })
}

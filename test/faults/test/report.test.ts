// What a person and a machine read at the end: everything that was asked, broken, found and left out, and whether it passed, in words and in one line of JSON.
import { expect, it } from 'vitest'
import { checkHistory } from '../src/checker/check-history.ts'
import type { MutantResult } from '../src/mutants/run-mutant.ts'
import type { Fault } from '../src/nemesis/fault.ts'
import { PLAIN } from '../src/report/paint.ts'
import type { Paint } from '../src/report/paint.ts'
import { renderReport } from '../src/report/report.ts'
import type { NamedRun, Report } from '../src/report/report.ts'
import type { RunResult } from '../src/run/run-result.ts'
import { checked, created, revoked } from './histories.ts'

const FAULTS: readonly Fault[] = [{ name: 'node paused', stores: ['redis'], holds: 're-reads before any ALLOW', inject: async () => {} }]
const deny = checked([1_006, 1_007], 'deny', { reason: 'task_revoked', fault: 'node paused' })
const safe = [created([0, 1]), checked([2, 3], 'allow'), revoked([4, 5], { fault: 'node paused' }), deny]
const stale = [...safe, checked([6, 7], 'allow', { fault: 'node paused' })]

function result(events: Parameters<typeof checkHistory>[0] = safe, more: Partial<RunResult> = {}): RunResult {
  return {
    verdict: checkHistory(events),
    journalProblems: [],
    schedule: [],
    injected: ['node paused'],
    skipped: [],
    unreached: [],
    evidence: {},
    network: { kind: 'namespaces', how: ['cut: packets dropped'], carried: { 'node paused': ['cut', 'one-way cut'] } },
    shed: 1_234,
    refusedCreations: { cut_off: 2 },
    seconds: 61.4,
    ...more,
  }
}

const mutant = (more: Partial<MutantResult> = {}): MutantResult => ({
  name: 'ack before write',
  store: 'sqlite',
  caughtBy: ['V1'],
  short: [],
  seconds: 6,
  ...more,
})

function render(more: Partial<Report> = {}, paint: Paint = PLAIN): string {
  const run: NamedRun = { name: 'redis', result: result(), vacuous: [] }
  const network = { kind: 'namespaces', as: 'as root' } as const
  return renderReport({ seed: 7, network, runs: [run], mutants: [mutant()], notExpressed: [], skipped: [], ...more }, FAULTS, paint)
}

const machine = (text: string): unknown => JSON.parse(text.split('\n').at(-1) ?? '')
const verdict = (text: string): readonly string[] => {
  const lines = text.split('\n')
  return lines.slice(
    lines.findIndex((line) => /^(PASSED|FAILED)/.test(line)),
    -2,
  )
}

it('one that passes says so last, for people and for machines', () => {
  const text = render()
  expect(verdict(text)).toEqual(['PASSED  of 1 checks asked after a confirmed revocation, none was allowed; 1 of 1 mutants found  (seed 7)'])
  expect(machine(text)).toMatchObject({
    ok: true,
    post_revoke_checks: 1,
    violations: 0,
    mutants: 1,
    mutants_caught: 1,
    network: 'namespaces',
    faults: { redis: 1 },
    seed: 7,
  })
})

it('says what the network carried, and how', () => {
  const text = render()
  expect(text).toMatch(/^ {2}node paused +cut, one-way cut +1 +1 +1 +0 +0$/m)
  expect(text).toContain('Network: namespaces, as root\n  cut: packets dropped')
})

it('an unsafe answer fails it, with what had to hold', () => {
  const text = render({ runs: [{ name: 'redis', result: result(stale), vacuous: [] }] })
  expect(verdict(text)).toEqual([
    'FAILED  of 2 checks asked after a confirmed revocation, 1 was allowed; 1 of 1 mutants found  (seed 7)',
    '  redis: 1 unsafe answer',
  ])
  expect(text).toContain('had to hold in "node paused": re-reads before any ALLOW')
  expect(text).toContain('V1  ext_authz on node-1, task-1 at payments, 1.000 ms, during "node paused"')
  expect(machine(text)).toMatchObject({ ok: false, violations: 1 })
})

it.each([
  [
    'a journal that is broken',
    { runs: [{ name: 'redis', result: result(safe, { journalProblems: ['node-1 has no journal'] }), vacuous: [] }] },
    'redis: node-1 has no journal',
  ],
  ['too little', { runs: [{ name: 'redis', result: result(), vacuous: ['checks: 1, at least 2 wanted'] }] }, 'redis: too little happened to mean anything:'],
  ['a late answer', { runs: [{ name: 'redis', result: result([...safe, revoked([10, 2_000])]), vacuous: [] }] }, 'redis: 1 late'],
  ['a mutant that survived', { mutants: [mutant({ caughtBy: [] })] }, 'the mutant "ack before write" survived'],
  [
    'a mutant whose fault was none',
    { mutants: [mutant({ caughtBy: [], short: ['"cut": 0'] })] },
    'the mutant "ack before write" survived; what shows it did not happen: "cut": 0',
  ],
  [
    'a mutant that could not be run',
    { mutants: [mutant({ caughtBy: [], failed: 'Error: no\n    at x' })] },
    'the mutant "ack before write" could not be run: Error: no',
  ],
])('%s fails it', (_what, more, line) => {
  const text = render(more)
  expect(verdict(text)[0]).toMatch(/^FAILED/)
  expect(verdict(text)[1]?.trim()).toBe(line)
  expect(machine(text)).toMatchObject({ ok: false })
})

it('nothing that was left out is left unsaid', () => {
  const more = { skipped: ['packets are lost: proxies see streams'], unreached: ['clock back', 'disk full'] }
  const text = render({ runs: [{ name: 'redis', result: result(safe, more), vacuous: [] }], skipped: ['Redis: there is none'] })
  expect(text).toContain('skipped     packets are lost: proxies see streams')
  expect(text).toContain('not reached in this time (2): clock back, disk full')
  expect(text).toContain('Skipped\n  Redis: there is none')
  expect(machine(text)).toMatchObject({ faults_skipped: 1, faults_unreached: 2, skipped: 1 })
})

it('colours change no word and no width', () => {
  const mark = (text: string): string => `\u001B[1m${text}\u001B[0m`
  const painted = render({}, { good: mark, bad: mark, warn: mark, strong: mark, faint: mark })
  expect(painted).not.toBe(render())
  // oxlint-disable-next-line no-control-regex
  expect(painted.replaceAll(/\u001B\[\dm/g, '').replaceAll(/ +$/gm, '')).toBe(render())
})

// What a verification found, as tables for people and one line for machines: what each run asked and broke, which mutants were found, what was not done and
// why, and, last, whether it passed.
import { postRevokeChecks } from '../checker/tally.ts'
import type { Tally } from '../checker/tally.ts'
import { STORE_DOOR } from '../load/doors.ts'
import type { NotExpressed } from '../mutants/mutant.ts'
import type { MutantResult } from '../mutants/run-mutant.ts'
import type { Fault } from '../nemesis/fault.ts'
import type { NetworkKind } from '../network/network.ts'
import { unsafeIn } from '../run/run-result.ts'
import type { RunResult } from '../run/run-result.ts'
import type { Paint } from './paint.ts'
import { renderRun } from './run-section.ts'
import { shortcomingsOf } from './shortcomings.ts'
import { count, table } from './table.ts'

export interface NamedRun {
  readonly name: string
  readonly result: RunResult
  /** What it fell short of. */
  readonly vacuous: readonly string[]
}

export interface Report {
  readonly seed: number
  readonly network: { readonly kind: NetworkKind; readonly as: string }
  readonly runs: readonly NamedRun[]
  readonly mutants: readonly MutantResult[]
  readonly notExpressed: readonly NotExpressed[]
  readonly skipped: readonly string[]
}

export function renderReport(report: Report, faults: readonly Fault[], paint: Paint): string {
  return [
    ...renderMutants(report, paint),
    ...report.runs.flatMap((one) => renderRun(one, faults, paint)),
    ...renderNetwork(report, paint),
    ...(report.skipped.length === 0 ? [] : ['', paint.strong('Skipped'), ...report.skipped.map((line) => paint.warn(`  ${line}`))]),
    '',
    ...renderVerdict(report, paint),
    '',
    summaryLine(report),
  ].join('\n')
}

export function summaryLine(report: Report): string {
  return JSON.stringify({
    ok: shortcomingsOf(report).length === 0,
    runs: report.runs.length,
    post_revoke_checks: sumOf(report, ({ verdict }) => postRevokeChecks(verdict.tally)),
    through_doors: sumOf(report, ({ verdict }) => throughDoors(verdict.tally)),
    confirmed_revocations: sumOf(report, ({ verdict }) => verdict.tally.confirmedRevokes),
    violations: sumOf(report, ({ verdict, journalProblems }) => unsafeIn(verdict.violations).length + journalProblems.length),
    late: sumOf(report, ({ verdict }) => verdict.violations.length - unsafeIn(verdict.violations).length),
    vacuous: report.runs.filter(({ vacuous }) => vacuous.length > 0).length,
    mutants: report.mutants.length,
    mutants_caught: foundIn(report).length,
    network: report.network.kind,
    faults: Object.fromEntries(report.runs.map(({ name, result }) => [name, result.injected.length])),
    faults_skipped: sumOf(report, ({ skipped }) => skipped.length),
    faults_unreached: sumOf(report, ({ unreached }) => unreached.length),
    skipped: report.skipped.length,
    seed: report.seed,
  })
}

function sumOf({ runs }: Report, of: (result: RunResult) => number): number {
  return runs.reduce((total, { result }) => total + of(result), 0)
}

function foundIn({ mutants }: Report): readonly MutantResult[] {
  return mutants.filter(({ caughtBy }) => caughtBy.length > 0)
}

function throughDoors(tally: Tally): number {
  return postRevokeChecks(tally) - (tally.doors[STORE_DOOR]?.postRevoke ?? 0)
}

function renderMutants({ mutants, notExpressed }: Report, paint: Paint): readonly string[] {
  if (mutants.length === 0) return []
  return [
    '',
    paint.strong('Mutants: the product with a defence taken out; each has to be found'),
    '',
    ...table(
      [{ head: 'mutant' }, { head: 'store' }, { head: 's', right: true }, { head: 'found by' }],
      mutants.map(({ name, store, caughtBy, seconds, failed }) => [
        name,
        store,
        seconds.toFixed(0),
        caughtBy.length > 0 ? caughtBy.join(' ') : failed === undefined ? 'SURVIVED' : 'NOT RUN',
      ]),
      (cell, row) => (row === -1 ? paint.faint(cell) : mutants[row]?.caughtBy.length === 0 ? paint.bad(cell) : cell),
    ),
    ...mutants.flatMap(({ name, failed }) => (failed === undefined ? [] : [paint.bad(`  ${name}:`), ...failed.split('\n').map((line) => `    ${line}`)])),
    ...notExpressed.map(({ name, why }) => paint.faint(`  not made here: ${name} (${why})`)),
  ]
}

function renderNetwork({ network, runs }: Report, paint: Paint): readonly string[] {
  const how = [...new Set(runs.flatMap(({ result }) => result.network.how))]
  return [
    '',
    paint.strong(`Network: ${network.kind}${network.as === '' ? '' : `, ${network.as}`}`),
    ...how.map((line) => `  ${line}`),
    ...(how.length === 0 ? ['  no run without a mutant'] : []),
  ]
}

function renderVerdict(report: Report, paint: Paint): readonly string[] {
  const short = shortcomingsOf(report)
  const checks = sumOf(report, ({ verdict }) => postRevokeChecks(verdict.tally))
  const stale = sumOf(report, ({ verdict }) => verdict.violations.filter(({ rule }) => rule === 'V1').length)
  const found = [
    ...(report.runs.length === 0 ? [] : [`of ${count(checks)} checks asked after a confirmed revocation, ${stale === 0 ? 'none' : count(stale)} was allowed`]),
    ...(report.mutants.length === 0 ? [] : [`${foundIn(report).length} of ${report.mutants.length} mutants found`]),
  ].join('; ')
  const verdict = short.length === 0 ? paint.good('PASSED') : paint.bad('FAILED')
  return [`${verdict}  ${found || 'nothing was run'}  (seed ${report.seed})`, ...short.map((line) => paint.bad(`  ${line}`))]
}

// What a verification found, as tables for people and one line for machines. Every number says what was counted.
import { postRevokeChecks } from '../checker/tally.ts'
import type { Tally } from '../checker/tally.ts'
import type { Rule, Violation } from '../checker/rules.ts'
import { RULES } from '../checker/rules.ts'
import type { NotExpressed } from '../mutants/mutant.ts'
import type { MutantResult } from '../mutants/run-mutant.ts'
import type { Fault } from '../nemesis/fault.ts'
import { unsafeIn } from '../run.ts'
import type { RunResult } from '../run.ts'
import type { NetworkKind } from '../network/network.ts'
import { STORE_DOOR } from '../load/doors.ts'

export interface NamedRun {
  readonly name: string
  readonly result: RunResult
  /** What it fell short of. */
  readonly vacuous: readonly string[]
}

export interface Report {
  readonly seed: number
  readonly network: NetworkKind
  readonly runs: readonly NamedRun[]
  readonly mutants: readonly MutantResult[]
  readonly notExpressed: readonly NotExpressed[]
  readonly skipped: readonly string[]
}

export function renderReport(report: Report, faults: readonly Fault[]): string {
  return [
    ...report.runs.flatMap((one) => renderRun(one, faults)),
    ...renderMutants(report),
    ...(report.skipped.length === 0 ? [] : ['', 'Skipped', ...report.skipped.map((line) => `  ${line}`)]),
    '',
    summaryLine(report),
  ].join('\n')
}

export function summaryLine(report: Report): string {
  const sum = (count: (one: NamedRun) => number): number => report.runs.reduce((total, one) => total + count(one), 0)
  return JSON.stringify({
    runs: report.runs.length,
    post_revoke_checks: sum(({ result }) => postRevokeChecks(result.verdict.tally)),
    through_doors: sum(({ result }) => throughDoors(result.verdict.tally)),
    confirmed_revocations: sum(({ result }) => result.verdict.tally.confirmedRevokes),
    violations: sum(({ result }) => unsafeIn(result.verdict.violations).length + result.journalProblems.length),
    late: sum(({ result }) => result.verdict.violations.length - unsafeIn(result.verdict.violations).length),
    vacuous: report.runs.filter(({ vacuous }) => vacuous.length > 0).length,
    mutants: report.mutants.length,
    mutants_caught: report.mutants.filter(({ caughtBy }) => caughtBy.length > 0).length,
    network: report.network,
    seed: report.seed,
  })
}

function throughDoors(tally: Tally): number {
  return postRevokeChecks(tally) - (tally.doors[STORE_DOOR]?.postRevoke ?? 0)
}

function renderRun({ name, result, vacuous }: NamedRun, faults: readonly Fault[]): readonly string[] {
  const { verdict, injected, seconds, shed } = result
  const { tally, violations } = verdict
  const unsafe = unsafeIn(violations)
  const times = tally.revokeMs.toSorted((a, b) => a - b)
  const at = (share: number): string => (times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0).toFixed(1)
  return [
    '',
    `${name}, ${Math.round(seconds)} s`,
    ...table(
      ['asked through', 'checks', 'allowed', 'after a confirmed revocation', 'allowed then'],
      Object.entries(tally.doors).map(([door, { checks, allowed, postRevoke }]) => [
        door,
        String(checks),
        String(allowed),
        String(postRevoke),
        String(violations.filter(({ rule, what }) => rule === 'V1' && what.startsWith(`${door} on`)).length),
      ]),
    ),
    '',
    ...table(
      ['fault', 'revocations', 'confirmed', 'checks after one', 'unsafe', 'late', 'must hold'],
      injected.map((fault) => [
        fault,
        String(tally.revokesIn[fault] ?? 0),
        String(tally.confirmedIn[fault] ?? 0),
        String(tally.postRevokeIn[fault] ?? 0),
        String(unsafe.filter((violation) => violation.fault === fault).length),
        String(violations.filter((violation) => violation.fault === fault).length - unsafe.filter((violation) => violation.fault === fault).length),
        faults.find((row) => row.name === fault)?.holds ?? '',
      ]),
    ),
    '',
    `  confirmed revocations ${tally.confirmedRevokes}, answered in p50 ${at(0.5)} ms, p99 ${at(0.99)} ms; held while revoked and denied ${tally.heldDenials}`,
    `  live tasks allowed between faults ${tally.liveAllowed} of ${tally.liveChecks}; not sent because too many were under way ${shed}`,
    `  looked at through control ${tally.observedEnded} revoked and ${tally.observedRefused} whose revocation was refused; forwarded to the resource ${tally.forwarded}`,
    `  in time or late without an excuse ${tally.timed}; late while the machine had no processor to give ${tally.excused}`,
    `  tasks the tester could not make: ${
      Object.entries(result.refusedCreations)
        .map(([reason, count]) => `${reason} ${count}`)
        .join(', ') || 'none'
    }`,
    `  largest lag after a confirmed revocation ${(verdict.largestLagNs / 1e6).toFixed(3)} ms`,
    ...result.skipped.map((line) => `  skipped: ${line}`),
    ...vacuous.map((line) => `  VACUOUS  ${line}`),
    ...result.journalProblems.map((line) => `  JOURNAL  ${line}`),
    ...renderViolations(violations),
  ]
}

const SHOWN = 12

function renderViolations(violations: readonly Violation[]): readonly string[] {
  const counts = new Map<Rule, number>()
  for (const { rule } of violations) counts.set(rule, (counts.get(rule) ?? 0) + 1)
  return [
    ...[...counts].map(([rule, count]) => `  ${rule}  ${count} x ${RULES[rule]}`),
    ...unsafeIn(violations)
      .slice(0, SHOWN)
      .map(
        ({ rule, what, lagNs, fault }) =>
          `    ${rule}  ${what}${lagNs === 0 ? '' : `, ${(lagNs / 1e6).toFixed(3)} ms`}${fault === undefined ? '' : `, during "${fault}"`}`,
      ),
  ]
}

function renderMutants({ mutants, notExpressed }: Report): readonly string[] {
  if (mutants.length === 0) return []
  return [
    '',
    ...table(
      ['mutant', 'store', 'caught by', 's'],
      mutants.map(({ name, store, caughtBy, seconds, failed }) => [
        name,
        store,
        failed === undefined ? (caughtBy.length === 0 ? 'SURVIVED' : caughtBy.join(' ')) : `NOT RUN: ${failed}`,
        seconds.toFixed(0),
      ]),
    ),
    ...notExpressed.map(({ name, why }) => `  not made here: ${name} (${why})`),
  ]
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)))
  const line = (row: readonly string[]): string => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd()
  return [line(head), ...rows.map(line)]
}

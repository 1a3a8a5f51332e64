// What a run on one store found, as tables for people. Every number says what was counted.
import { RULES } from '../checker/rules.ts'
import type { Rule, Violation } from '../checker/rules.ts'
import { postRevokeChecks } from '../checker/tally.ts'
import type { Tally } from '../checker/tally.ts'
import type { Fault } from '../nemesis/fault.ts'
import { isUnsafe } from '../run/run-result.ts'
import type { RunResult } from '../run/run-result.ts'
import type { Paint } from './paint.ts'
import type { NamedRun } from './report.ts'
import { count, table } from './table.ts'

const SHOWN = 12

export function renderRun({ name, result }: NamedRun, faults: readonly Fault[], paint: Paint): readonly string[] {
  const { verdict, seconds } = result
  return [
    '',
    paint.strong(`${name}, ${Math.round(seconds)} s`),
    '',
    ...doors(verdict.tally, verdict.violations, paint),
    '',
    ...broken(result, faults, paint),
    '',
    ...figures(result),
    ...violationsOf(verdict.violations, paint),
  ]
}

function doors(tally: Tally, violations: readonly Violation[], paint: Paint): readonly string[] {
  const stale = (door: string): number => violations.filter(({ rule, what }) => rule === 'V1' && what.startsWith(`${door} on`)).length
  const rows = Object.entries(tally.doors).map(([door, { checks, allowed, postRevoke }]) => ({ door, checks, allowed, postRevoke, stale: stale(door) }))
  const sum = (of: 'checks' | 'allowed' | 'postRevoke' | 'stale'): number => rows.reduce((total, row) => total + row[of], 0)
  const all = [...rows, { door: 'together', checks: sum('checks'), allowed: sum('allowed'), postRevoke: sum('postRevoke'), stale: sum('stale') }]
  return table(
    [
      { head: 'asked through' },
      { head: 'checks', right: true },
      { head: 'allowed', right: true },
      { head: 'after a confirmed revocation', right: true },
      { head: 'allowed then', right: true },
    ],
    all.map((row) => [row.door, count(row.checks), count(row.allowed), count(row.postRevoke), count(row.stale)]),
    (cell, row) => (row === -1 ? paint.faint(cell) : (all[row]?.stale ?? 0) > 0 ? paint.bad(cell) : row === rows.length ? paint.strong(cell) : cell),
  )
}

function broken({ verdict, injected, network, unreached, skipped }: RunResult, faults: readonly Fault[], paint: Paint): readonly string[] {
  const { tally, violations } = verdict
  const rows = injected.map((fault) => {
    const during = violations.filter((violation) => violation.fault === fault)
    const unsafe = during.filter(({ rule }) => isUnsafe(rule)).length
    return { fault, unsafe, late: during.length - unsafe }
  })
  const lines = table(
    [
      { head: 'broken' },
      { head: 'by the network' },
      { head: 'revocations', right: true },
      { head: 'confirmed', right: true },
      { head: 'checks after one', right: true },
      { head: 'unsafe', right: true },
      { head: 'late', right: true },
    ],
    rows.map(({ fault, unsafe, late }) => [
      fault,
      (network.carried[fault] ?? []).join(', '),
      count(tally.revokesIn[fault] ?? 0),
      count(tally.confirmedIn[fault] ?? 0),
      count(tally.postRevokeIn[fault] ?? 0),
      count(unsafe),
      count(late),
    ]),
    (cell, row) => (row === -1 ? paint.faint(cell) : (rows[row]?.unsafe ?? 0) > 0 ? paint.bad(cell) : (rows[row]?.late ?? 0) > 0 ? paint.warn(cell) : cell),
  )
  const failed = rows.filter(({ unsafe, late }) => unsafe + late > 0)
  return [
    ...(injected.length === 0 ? ['  nothing was broken'] : lines),
    ...failed.map(({ fault }) => `  had to hold in "${fault}": ${faults.find((row) => row.name === fault)?.holds ?? ''}`),
    ...skipped.map((line) => paint.warn(`  skipped     ${line}`)),
    ...(unreached.length === 0 ? [] : wrapped(`  not reached in this time (${unreached.length}): `, unreached)),
  ]
}

function figures({ verdict, shed, refusedCreations }: RunResult): readonly string[] {
  const { tally, largestLagNs } = verdict
  const times = tally.revokeMs.toSorted((a, b) => a - b)
  const at = (share: number): string => (times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0).toFixed(1)
  const refused = Object.entries(refusedCreations).map(([reason, often]) => `${reason} ${count(often)}`)
  return [
    `  ${count(tally.confirmedRevokes)} confirmed revocations, answered in p50 ${at(0.5)} ms, p99 ${at(0.99)} ms; largest lag after one ${(largestLagNs / 1e6).toFixed(3)} ms`,
    `  ${count(postRevokeChecks(tally))} checks after one; ${count(tally.heldDenials)} answers held while the task was revoked, and denied`,
    `  ${count(tally.liveAllowed)} of ${count(tally.liveChecks)} checks of live tasks allowed between faults`,
    `  looked at through control: ${count(tally.observedEnded)} revoked tasks, ${count(tally.observedRefused)} whose revocation was refused; ${count(tally.forwarded)} calls reached the resource`,
    `  ${count(tally.timed)} in time or late without an excuse; ${count(tally.excused)} late while the machine had no processor to give`,
    `  ${count(shed)} checks not sent, because too many were under way`,
    ...wrapped('  tasks the tester could not make: ', refused.length === 0 ? ['none'] : refused),
  ]
}

function violationsOf(violations: readonly Violation[], paint: Paint): readonly string[] {
  const counts = new Map<Rule, number>()
  for (const { rule } of violations) counts.set(rule, (counts.get(rule) ?? 0) + 1)
  const colour = (rule: Rule): ((text: string) => string) => (isUnsafe(rule) ? paint.bad : paint.warn)
  const shown = [...violations].sort((a, b) => Number(isUnsafe(b.rule)) - Number(isUnsafe(a.rule))).slice(0, SHOWN)
  return [
    ...[...counts].map(([rule, times]) => colour(rule)(`  ${rule}  ${count(times)} x ${RULES[rule]}`)),
    ...shown.map(({ rule, what, lagNs, fault }) => {
      const during = fault === undefined ? '' : `, during "${fault}"`
      return `    ${rule}  ${what}${lagNs === 0 ? '' : `, ${(lagNs / 1e6).toFixed(3)} ms`}${during}`
    }),
    ...(violations.length > SHOWN ? [`    and ${count(violations.length - SHOWN)} more`] : []),
  ]
}

const LINE = 118

function wrapped(before: string, items: readonly string[]): readonly string[] {
  const lines: string[] = []
  let line = before
  for (const [n, item] of items.entries()) {
    const text = n === items.length - 1 ? item : `${item}, `
    if (line.length + text.length > LINE) {
      lines.push(line.trimEnd())
      line = '    '
    }
    line += text
  }
  return [...lines, line]
}

// What a run is told and what came of it. Types, and which violations are unsafe.
import type { Rule, Violation } from '../checker/rules.ts'
import type { Verdict } from '../checker/check-history.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Fault } from '../nemesis/fault.ts'
import type { UsedNetwork } from '../network/used-network.ts'

export interface RunOptions {
  readonly cluster: Cluster
  readonly seed: number
  readonly faults: readonly Fault[]
  /** Faults go round until then. */
  readonly seconds: number
  /** And on until then, where one of them has not been what it is there for. */
  readonly longestSeconds?: number
  readonly faultMs: number
  readonly quietMs: number
  /** Checks per second, through doors and straight at the store. */
  readonly rate: number
  readonly storeRate: number
  readonly revokesPerSecond: number
  /** At each edge of a fault. */
  readonly burst: number
  /** Goes on without faults until so much happened, a minute at most: for a machine that is slow. */
  readonly atLeast?: { readonly confirmedRevokes: number; readonly postRevokeChecks: number }
  /** Ends when one of these rules was broken so often: enough for a mutant. */
  readonly until?: { readonly rules: readonly Rule[]; readonly times: number }
  /** What was late is late, whatever else the machine did. */
  readonly timely?: boolean
  readonly log?: (line: string) => void
}

export interface RunResult {
  readonly verdict: Verdict
  readonly journalProblems: readonly string[]
  readonly schedule: readonly string[]
  readonly injected: readonly string[]
  /** Faults that could not be made here, each with the reason. */
  readonly skipped: readonly string[]
  /** Faults there was no time for. */
  readonly unreached: readonly string[]
  /** By fault that was injected and says what it is there for: how much of that has happened. */
  readonly evidence: Readonly<Record<string, number>>
  readonly network: UsedNetwork
  readonly shed: number
  /** Why the tester could not make tasks, and how often. */
  readonly refusedCreations: Readonly<Record<string, number>>
  readonly seconds: number
}

const LATE: ReadonlySet<Rule> = new Set(['L1', 'L2'])

export function isUnsafe(rule: Rule): boolean {
  return !LATE.has(rule)
}

export function unsafeIn(violations: readonly Violation[]): readonly Violation[] {
  return violations.filter(({ rule }) => isUnsafe(rule))
}

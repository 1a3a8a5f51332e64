// The runner's verdict, as a pure function: what each peer did, and whether the run as a whole may pass.
import type { Outcome } from './outcome.ts'

export interface PeerTests {
  readonly passed: number
  readonly failed: number
}

export interface Run {
  /** Every peer that was asked for. */
  readonly peers: readonly string[]
  /** Those that must not be skipped. */
  readonly required: readonly string[]
  readonly outcomes: ReadonlyMap<string, Outcome>
  readonly tests: ReadonlyMap<string, PeerTests>
}

export interface Verdict {
  readonly ok: boolean
  readonly lines: readonly string[]
}

/** A peer that ran without a single test is a failure: it showed nothing. */
export function judgeRun({ peers, required, outcomes, tests }: Run): Verdict {
  const width = Math.max(0, ...peers.map((name) => name.length))
  let ok = peers.length > 0
  const lines = peers.map((name) => {
    const outcome = outcomes.get(name)
    const { passed, failed } = tests.get(name) ?? { passed: 0, failed: 0 }
    const say = (word: string, rest: string): string => `${name.padEnd(width)}  ${word.padEnd(7)}  ${rest}`
    if (outcome !== undefined && 'skipped' in outcome) {
      const wanted = required.includes(name)
      if (wanted) ok = false
      return say('skipped', `${outcome.skipped}${wanted ? ' (required)' : ''}`)
    }
    if (outcome === undefined || failed > 0 || passed === 0) ok = false
    if (outcome === undefined) return say('FAILED', 'it could not be set up')
    if (failed > 0) return say('FAILED', `${outcome.version}: ${failed} failed, ${passed} passed`)
    return passed === 0 ? say('FAILED', `${outcome.version}: no test ran`) : say('ran', `${outcome.version}: ${passed} passed`)
  })
  return { ok, lines }
}

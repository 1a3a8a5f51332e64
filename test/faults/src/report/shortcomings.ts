// Why a verification is none, in words: what was unsafe, late, broken, survived, or too little. Empty for one that passes; the exit code says the same.
import type { MutantResult } from '../mutants/run-mutant.ts'
import { unsafeIn } from '../run/run-result.ts'
import { count } from './table.ts'
import type { NamedRun, Report } from './report.ts'

export function shortcomingsOf({ runs, mutants }: Pick<Report, 'runs' | 'mutants'>): readonly string[] {
  return [...runs.flatMap(ofRun), ...mutants.flatMap(ofMutant)]
}

function ofRun({ name, result, vacuous }: NamedRun): readonly string[] {
  const { violations } = result.verdict
  const unsafe = unsafeIn(violations).length
  const late = violations.length - unsafe
  return [
    ...(unsafe === 0 ? [] : [`${name}: ${count(unsafe)} unsafe ${unsafe === 1 ? 'answer' : 'answers'}`]),
    ...(late === 0 ? [] : [`${name}: ${count(late)} late`]),
    ...result.journalProblems.map((problem) => `${name}: ${problem}`),
    ...(vacuous.length === 0 ? [] : [`${name}: too little happened to mean anything:`, ...vacuous.map((short) => `  ${short}`)]),
  ]
}

function ofMutant({ name, caughtBy, failed, short }: MutantResult): readonly string[] {
  if (caughtBy.length > 0) return []
  if (failed !== undefined) return [`the mutant "${name}" could not be run: ${failed.split('\n')[0] ?? ''}`]
  return [`the mutant "${name}" survived${short.length === 0 ? '' : `; what shows it did not happen: ${short.join('; ')}`}`]
}

// The records of refusals, and the log line of faults. Never throws: a refusal that could not be recorded is still a refusal.
import type { AuditEntry, Journal } from '@bailiwick/audit'
import { Fault } from '@bailiwick/core'
import type { Logger } from '@bailiwick/runtime'

interface Deps {
  readonly journal: Journal
  readonly log: Logger
}

/** `authenticated`: a stranger's refusals are only counted, so that a flood of them cannot fill the space that allows need. */
export async function recordRefusal({ journal, log }: Deps, entry: AuditEntry, authenticated: boolean): Promise<void> {
  try {
    if (authenticated) await journal.append(entry)
    else journal.countRefusal(entry)
  } catch (thrown) {
    logFault(log, entry.decision_id, thrown)
  }
}

export function logFault(log: Logger, decisionId: string, thrown: unknown): void {
  if (thrown instanceof Fault) log.error({ decision_id: decisionId, dependency: thrown.dependency, code: thrown.code }, 'fault')
  else log.error({ decision_id: decisionId, err: thrown instanceof Error ? thrown : undefined }, 'internal error')
}

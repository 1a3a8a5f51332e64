// What every refusal must show: the wire error, no token, no caching, and its own audit event.
import { expect } from 'vitest'
import type { AuditEntry } from '@bailiwick/audit'
import type { DenialReason } from '@bailiwick/core'
import type { Answer, Bench } from './bench.ts'

export interface Refusal {
  readonly status?: number
  readonly error: string
  readonly reason: DenialReason
  readonly detail?: string
  /** A caller nobody authenticated is counted, not recorded. */
  readonly counted?: boolean
}

export function expectRefusal(bench: Pick<Bench, 'journal'>, answer: Answer, refusal: Refusal): AuditEntry {
  expect({ status: answer.status, error: answer.body['error'], reason: answer.body['reason'] }).toEqual({
    status: refusal.status ?? 400,
    error: refusal.error,
    reason: refusal.reason,
  })
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(Object.keys(answer.body).filter((key) => !['error', 'error_description', 'reason', 'decision_id', 'remediation'].includes(key))).toEqual([])
  const decision = answer.body['decision_id']
  const entries: readonly AuditEntry[] = refusal.counted === true ? bench.journal.refusals : bench.journal.records
  const entry = entries.findLast((each) => each.decision_id === decision)
  if (entry === undefined) throw new Error(`no audit event for ${refusal.reason}`)
  expect({ effect: entry.effect, reason: entry.reason, issued: entry.issued }).toEqual({ effect: 'deny', reason: refusal.reason, issued: undefined })
  if (refusal.detail !== undefined) expect(entry.detail).toBe(refusal.detail)
  return entry
}

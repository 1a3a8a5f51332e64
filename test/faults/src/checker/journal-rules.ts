// V5, V7, V8: the allows of a run against the durable records of all nodes, and what reached the resource against both. No I/O.
import type { JournalRecord, UpstreamRequest } from './event.ts'
import type { Violation } from './rules.ts'

export interface ReleasedAllow {
  readonly recordId: string
  readonly digest?: string
  readonly what: string
  readonly fault?: string
}

export function judgeRecords(allows: readonly ReleasedAllow[], records: readonly JournalRecord[], upstream: readonly UpstreamRequest[]): readonly Violation[] {
  const superseded = new Set(records.flatMap(({ supersedes }) => (supersedes === undefined ? [] : [supersedes])))
  const byName = new Map<string, JournalRecord[]>()
  for (const record of records) {
    if (record.effect !== 'allow') continue
    for (const name of [record.decisionId, ...record.issued]) {
      const known = byName.get(name)
      if (known === undefined) byName.set(name, [record])
      else known.push(record)
    }
  }
  const digests = new Map<string, string | undefined>()
  const violations: Violation[] = []
  for (const { recordId, digest, what, fault } of allows) {
    digests.set(recordId, digest)
    const found = byName.get(recordId) ?? []
    const [record] = found
    const problem = problemOf(found.length, record, superseded, digest)
    if (problem !== undefined) violations.push({ rule: 'V5', what: `${what}: ${problem}`, lagNs: 0, ...(fault === undefined ? {} : { fault }) })
  }
  for (const { recordId, digest } of upstream) {
    if (!digests.has(recordId)) violations.push({ rule: 'V7', what: `a request without an allow (${recordId})`, lagNs: 0 })
    // What the journal says was judged; where it is missing V5 has said so.
    else if ((byName.get(recordId)?.[0]?.digest ?? digests.get(recordId)) !== digest) violations.push({ rule: 'V8', what: recordId, lagNs: 0 })
  }
  return violations
}

function problemOf(count: number, record: JournalRecord | undefined, superseded: ReadonlySet<string>, digest: string | undefined): string | undefined {
  if (record === undefined) return 'no allow record'
  if (count > 1) return `${count} allow records`
  if (superseded.has(record.id)) return 'its allow record was taken back'
  if (digest !== undefined && record.digest !== digest) return 'its record is about other arguments'
  return undefined
}

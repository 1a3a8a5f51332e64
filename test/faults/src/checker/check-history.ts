// The checker: one pass over a history, one monotone register per task (unknown, active, ended), no search, because ended is terminal. Pure: no clock,
// no I/O. Events come in the order they ended: whatever a rule compares with has then been seen before the answer it judges.
import { createAuthority } from './authority.ts'
import type { CheckEvent, HealEvent, HistoryEvent, JournalRecord, ObserveEvent, RevokeEvent, UpstreamRequest } from './event.ts'
import { judgeRecords } from './journal-rules.ts'
import type { ReleasedAllow } from './journal-rules.ts'
import { BOUNDS } from './rules.ts'
import type { Bounds, Rule, Violation } from './rules.ts'
import { createTallier } from './tally.ts'
import type { Tally } from './tally.ts'

export interface Verdict {
  readonly violations: readonly Violation[]
  readonly tally: Tally
  /** Of all checks after a confirmed revocation: the longest time after it that one was still allowed. 0 where none was. */
  readonly largestLagNs: number
}

export interface Checker {
  add(event: HistoryEvent): void
  /** `records`: of every node's journal, read after the last answer. Absent: V5, V7 and V8 are not judged. */
  verdict(records?: readonly JournalRecord[], upstream?: readonly UpstreamRequest[]): Verdict
}

const ENDED: ReadonlySet<string> = new Set(['task_revoked', 'task_completed'])

export function checkHistory(
  events: readonly HistoryEvent[],
  options: { readonly bounds?: Bounds; readonly records?: readonly JournalRecord[]; readonly upstream?: readonly UpstreamRequest[] } = {},
): Verdict {
  const checker = createChecker(options.bounds)
  for (const event of events.toSorted((a, b) => a.endNs - b.endNs)) checker.add(event)
  return checker.verdict(options.records, options.upstream)
}

export function createChecker(bounds: Bounds = BOUNDS): Checker {
  const authority = createAuthority()
  const tallier = createTallier()
  const violations: Violation[] = []
  /** The end of the first deny that said ended, by what it speaks of. */
  const seenEnded = new Map<string, number>()
  const revokedTokens = new Set<string>()
  const refused = new Map<string, RevokeEvent>()
  const released: ReleasedAllow[] = []
  const ofNobody: CheckEvent[] = []
  const healing: { readonly event: HealEvent; readonly waiting: Set<string> }[] = []
  let largestLagNs = 0

  const violate = (rule: Rule, what: string, lagNs: number, fault: string | undefined): void => {
    violations.push({ rule, what, lagNs, ...(fault === undefined ? {} : { fault }) })
  }
  const describe = ({ door, node, task, resource }: CheckEvent): string => `${door} on ${node}, ${task} at ${resource}`

  function allowed(event: CheckEvent): void {
    const { task, resource, token, invokeNs, endNs, fault } = event
    const facts = authority.facts(task)
    const endedNs = authority.endedNs(task, resource, token)
    if (endedNs !== undefined && invokeNs > endedNs) {
      largestLagNs = Math.max(largestLagNs, invokeNs - endedNs)
      if (invokeNs > endedNs + bounds.staleNs) violate('V1', describe(event), invokeNs - endedNs, fault)
    }
    const seenNs = Math.min(...[task, `${task} ${resource}`, `token ${token}`].map((key) => seenEnded.get(key) ?? Number.POSITIVE_INFINITY))
    if (invokeNs > seenNs) violate('V2', describe(event), invokeNs - seenNs, fault)
    if (facts === undefined) ofNobody.push(event)
    else if (invokeNs > facts.expiresNs + bounds.skewNs) violate('V3', describe(event), invokeNs - facts.expiresNs, fault)
    if (event.held !== undefined && endedNs !== undefined && endedNs <= event.held.releasedNs)
      violate('V9', `${describe(event)}, ${event.held.what} held`, endNs - endedNs, fault)
    if (event.recordId !== undefined) {
      const { recordId, digest } = event
      released.push({ recordId, what: describe(event), ...(digest === undefined ? {} : { digest }), ...(fault === undefined ? {} : { fault }) })
    }
    for (const { event: healed, waiting } of healing) {
      if (invokeNs >= healed.endNs && endNs <= healed.endNs + bounds.healNs) waiting.delete(event.node)
    }
  }

  function denied({ task, resource, token, reason, endNs, fault }: CheckEvent): void {
    if (reason !== 'cut_off' && !ENDED.has(reason ?? '')) return
    // A cut-off may be the resource's alone, an end the token's alone.
    const key = reason === 'cut_off' ? `${task} ${resource}` : revokedTokens.has(token) ? `token ${token}` : task
    if (!seenEnded.has(key)) seenEnded.set(key, endNs)
    if (!revokedTokens.has(token)) lied(task, resource, fault)
  }

  /** Ended, though the only acts against it were refused. */
  function lied(task: string, resource: string, fault: string | undefined): void {
    if (refused.has(task) && !authority.mayHaveEnded(task, resource)) violate('F1', task, 0, fault)
    refused.delete(task)
  }

  function observed({ task, state, invokeNs }: ObserveEvent): void {
    if (state === 'ended') return lied(task, '', undefined)
    const endedNs = authority.endedNs(task, '', '')
    if (endedNs !== undefined && invokeNs > endedNs) violate('V6', task, invokeNs - endedNs, undefined)
  }

  function revoked(event: RevokeEvent): void {
    const { scope, result, reachable, invokeNs, endNs, fault } = event
    authority.revoked(event)
    tallier.revoke(event)
    if (scope.kind === 'token' && result !== 'fail') revokedTokens.add(scope.id)
    if (scope.kind === 'task' && result === 'fail') refused.set(scope.id, event)
    if (reachable && endNs - invokeNs > bounds.answerNs) violate('L2', `${scope.kind} ${scope.id}`, endNs - invokeNs, fault)
  }

  return {
    add(event) {
      switch (event.op) {
        case 'create':
          return authority.created(event)
        case 'revoke':
          return revoked(event)
        case 'observe':
          return observed(event)
        case 'heal':
          healing.push({ event, waiting: new Set(event.nodes) })
          return undefined
        case 'check': {
          const { task, resource, token, endNs } = event
          const facts = authority.facts(task)
          const isLive = facts !== undefined && endNs < facts.expiresNs && !authority.mayHaveEnded(task, resource) && !revokedTokens.has(token)
          tallier.check(event, authority.endedNs(task, resource, token), isLive)
          if (event.result === 'allow') allowed(event)
          else if (event.result === 'deny') denied(event)
        }
      }
    },
    verdict(records, upstream = []) {
      const found = [...violations]
      for (const event of ofNobody) if (!authority.isKnown(event.task)) found.push({ rule: 'V4', what: describe(event), lagNs: 0 })
      for (const { event, waiting } of healing) {
        for (const node of waiting) found.push({ rule: 'L1', what: `${node} after "${event.fault}"`, lagNs: 0, fault: event.fault })
      }
      if (records !== undefined) found.push(...judgeRecords(released, records, upstream))
      return { violations: found, tally: tallier.tally(), largestLagNs }
    },
  }
}

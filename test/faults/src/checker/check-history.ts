// The checker: one pass over a history, one monotone register per task (unknown, active, ended), no search, because ended is terminal. Pure: no clock,
// no I/O. Events come in the order they ended: whatever a rule compares with has then been seen before the answer it judges.
import { createAuthority } from './authority.ts'
import type { CheckEvent, CreateEvent, HealEvent, HistoryEvent, JournalRecord, ObserveEvent, RevokeEvent, UpstreamRequest } from './event.ts'
import { judgeRecords } from './journal-rules.ts'
import type { ReleasedAllow } from './journal-rules.ts'
import { createResurrections } from './resurrections.ts'
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
  tally(): Tally
  /** Nodes that have not allowed anything since the last fault ended. */
  healing(): number
  /** How often each rule was broken so far; what only the journals show is not in it. */
  broken(): ReadonlyMap<Rule, number>
  /** `records`: of every node's journal, read after the last answer. Absent: V5, V7 and V8 are not judged. */
  verdict(records?: readonly JournalRecord[], upstream?: readonly UpstreamRequest[]): Verdict
}

const ENDED: ReadonlySet<string> = new Set(['task_revoked', 'task_completed'])

export function checkHistory(
  events: readonly HistoryEvent[],
  options: {
    readonly bounds?: Bounds
    readonly starved?: Starved
    readonly records?: readonly JournalRecord[]
    readonly upstream?: readonly UpstreamRequest[]
  } = {},
): Verdict {
  const checker = createChecker(options.bounds, options.starved)
  for (const event of events.toSorted((a, b) => a.endNs - b.endNs)) checker.add(event)
  return checker.verdict(options.records, options.upstream)
}

/** A task was seen ended, and when that had been answered. */
interface SeenEnded {
  readonly seen: string
  readonly task: string
  readonly resource: string
  readonly token: string
  readonly endNs: number
  readonly fault: string | undefined
}

/** How long, of the time between the two, the machine kept work waiting for a processor: what was late then is not held against anybody. */
export type Starved = (fromNs: number, toNs: number) => number

export function createChecker(bounds: Bounds = BOUNDS, starved: Starved = () => 0): Checker {
  const authority = createAuthority()
  const tallier = createTallier()
  const violations: Violation[] = []
  const resurrections = createResurrections()
  const revokedTokens = new Set<string>()
  /** By task: what was done to it and refused. */
  const refused = new Map<string, string>()
  const endedThough = new Map<string, SeenEnded>()
  const released: ReleasedAllow[] = []
  const ofNobody: CheckEvent[] = []
  const healing: { readonly event: HealEvent; readonly waiting: Set<string> }[] = []
  let largestLagNs = 0
  let latestNs = 0

  const violate = (rule: Rule, what: string, lagNs: number, fault: string | undefined): void => {
    violations.push({ rule, what, lagNs, ...(fault === undefined ? {} : { fault }) })
  }
  const netOf = (fromNs: number, toNs: number): number => toNs - fromNs - starved(fromNs, toNs)
  const describe = ({ door, node, task, resource }: CheckEvent): string => `${door} on ${node}, ${task} at ${resource}`

  function allowed(event: CheckEvent): void {
    const { task, resource, token, invokeNs, endNs, fault } = event
    const facts = authority.facts(task)
    const endedNs = authority.endedNs(task, resource, token)
    if (endedNs !== undefined && invokeNs > endedNs) {
      largestLagNs = Math.max(largestLagNs, invokeNs - endedNs)
      if (invokeNs > endedNs + bounds.staleNs) violate('V1', describe(event), invokeNs - endedNs, fault)
    }
    resurrections.allowed(event)
    if (facts === undefined) ofNobody.push(event)
    else if (invokeNs > facts.expiresNs + bounds.skewNs) violate('V3', describe(event), invokeNs - facts.expiresNs, fault)
    if (event.held !== undefined && endedNs !== undefined && endedNs <= event.held.releasedNs)
      violate('V9', `${describe(event)}, ${event.held.what} held`, endNs - endedNs, fault)
    if (event.recordId !== undefined) {
      const { recordId, digest } = event
      released.push({ recordId, what: describe(event), ...(digest === undefined ? {} : { digest }), ...(fault === undefined ? {} : { fault }) })
    }
    for (const { event: healed, waiting } of healing) {
      // One that needs no policy says nothing of whether the node decides again.
      if (invokeNs < healed.endNs || !event.asksPolicy || !waiting.has(event.node)) continue
      waiting.delete(event.node)
      const lagNs = netOf(healed.endNs, endNs) - bounds.healNs
      if (lagNs > 0) violate('L1', `${event.node} after "${healed.fault}"`, lagNs, healed.fault)
      tallier.timed(endNs - healed.endNs <= bounds.healNs || lagNs > 0)
    }
  }

  function denied(event: CheckEvent): void {
    const { task, resource, token, reason, endNs, fault } = event
    if (reason !== 'cut_off' && !ENDED.has(reason ?? '')) return
    resurrections.denied(event)
    // A cut-off is nothing a refused revocation of one task could have done: a store that was lost and came back cuts off everything older.
    if (reason !== 'cut_off') lied({ seen: `${reason ?? ''} by ${event.door} on ${event.node}`, task, resource, token, endNs, fault })
  }

  /** Ended, though the only act against it so far was refused. Whether another one was under way is known in the end. */
  function lied(about: SeenEnded): void {
    const key = `${about.task} ${about.token}`
    if (refused.has(about.task) && !endedThough.has(key)) endedThough.set(key, about)
  }

  function soFar(): readonly Violation[] {
    const nobodys = ofNobody.filter(({ task }) => !authority.isKnown(task))
    const risen = resurrections.found(revokedTokens).map(({ event, lagNs }) => ({ rule: 'V2' as const, what: describe(event), lagNs, ...duringOf(event) }))
    return [...violations, ...risen, ...nobodys.map((event): Violation => ({ rule: 'V4', what: describe(event), lagNs: 0 }))]
  }

  /** Nodes that never allowed again after a fault, though they had the time. */
  function overdue(): readonly Violation[] {
    return healing
      .filter(({ event }) => netOf(event.endNs, latestNs) > bounds.healNs)
      .flatMap(({ event: { fault }, waiting }) => [...waiting].map((node): Violation => ({ rule: 'L1', what: `${node} after "${fault}"`, lagNs: 0, fault })))
  }

  function observed({ node, task, state, invokeNs, endNs, fault }: ObserveEvent): void {
    const endedNs = authority.revokedItselfNs(task)
    const isAfter = endedNs !== undefined && invokeNs > endedNs
    tallier.observed(isAfter, refused.has(task))
    if (state === 'ended') lied({ seen: `by control on ${node}`, task, resource: '', token: '', endNs, fault })
    else if (state === 'active' && isAfter) violate('V6', `${task} shown by ${node}`, invokeNs - endedNs, fault)
  }

  function created(event: CreateEvent): void {
    const endedNs = event.result === 'ok' ? authority.signInEndedNs(event) : undefined
    if (endedNs !== undefined) violate('V3', `${event.task.id} begun with a sign-in of ${event.task.user} that had ended`, endedNs, event.fault)
    authority.created(event)
  }

  function revoked(event: RevokeEvent): void {
    const { scope, result, reachable, invokeNs, endNs, fault } = event
    authority.revoked(event)
    tallier.revoke(event)
    if (scope.kind === 'token' && result !== 'fail') revokedTokens.add(scope.id)
    if (scope.kind === 'task' && result === 'fail') refused.set(scope.id, event.what)
    if (!reachable) return
    const isLate = netOf(invokeNs, endNs) > bounds.answerNs
    if (isLate) violate('L2', `${scope.kind} ${scope.id}`, endNs - invokeNs, fault)
    tallier.timed(isLate || endNs - invokeNs <= bounds.answerNs)
  }

  return {
    add(event) {
      latestNs = Math.max(latestNs, event.endNs)
      switch (event.op) {
        case 'create':
          return created(event)
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
    tally: () => tallier.tally(),
    healing: () => healing.at(-1)?.waiting.size ?? 0,
    broken() {
      const counts = new Map<Rule, number>()
      for (const { rule } of [...soFar(), ...overdue()]) counts.set(rule, (counts.get(rule) ?? 0) + 1)
      return counts
    },
    verdict(records, upstream = []) {
      const found = [...soFar(), ...overdue()]
      for (const { seen, task, resource, token, endNs, fault } of endedThough.values()) {
        // Another act on its token alone is another act too.
        if (!revokedTokens.has(token) && !authority.couldHaveEnded(task, resource, endNs))
          found.push({
            rule: 'F1',
            what: `${task}, ${refused.get(task) ?? ''} and refused, seen ended: ${seen}`,
            lagNs: 0,
            ...(fault === undefined ? {} : { fault }),
          })
      }
      if (records !== undefined) found.push(...judgeRecords(released, records, upstream))
      return { violations: found, tally: { ...tallier.tally(), forwarded: records === undefined ? 0 : upstream.length }, largestLagNs }
    },
  }
}

function duringOf({ fault }: CheckEvent): { readonly fault?: string } {
  return fault === undefined ? {} : { fault }
}

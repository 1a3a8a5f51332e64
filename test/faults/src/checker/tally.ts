// What was looked at, so that a run in which nothing happened cannot pass for one in which nothing went wrong. No I/O.
import type { CheckEvent, RevokeEvent } from './event.ts'

export interface DoorTally {
  readonly checks: number
  readonly allowed: number
  /** Answered, and asked after a confirmed revocation of the task. */
  readonly postRevoke: number
}

export interface Tally {
  readonly confirmedRevokes: number
  readonly revokesIn: Readonly<Record<string, number>>
  readonly confirmedIn: Readonly<Record<string, number>>
  readonly doors: Readonly<Record<string, DoorTally>>
  readonly postRevokeIn: Readonly<Record<string, number>>
  /** Answered checks of tasks against which nothing stood, and how many of them were allowed. */
  readonly liveChecks: number
  readonly liveAllowed: number
  /** Answers that were held, revoked meanwhile, and refused for that reason. */
  readonly heldDenials: number
  readonly revokeMs: readonly number[]
  /** Looks through control at tasks after the confirmation of their own revocation, and at tasks whose revocation was refused. */
  readonly observedEnded: number
  readonly observedRefused: number
  /** Requests that reached the resource, where there is one. */
  readonly forwarded: number
  /** Revocations and recoveries of whose time something can be said, and those that were late while the machine had no processor to give. */
  readonly timed: number
  readonly excused: number
}

export interface Tallier {
  /** `isLive`: nothing confirmed or attempted stands against the task. */
  check(event: CheckEvent, endedNs: number | undefined, isLive: boolean): void
  revoke(event: RevokeEvent): void
  observed(isAfterItsEnd: boolean, wasRefused: boolean): void
  /** `isJudged`: nothing had to be excused to say whether it was in time. */
  timed(isJudged: boolean): void
  tally(): Tally
}

const ENDED: ReadonlySet<string> = new Set(['task_revoked', 'task_completed', 'cut_off'])

export function createTallier(): Tallier {
  const doors = new Map<string, { checks: number; allowed: number; postRevoke: number }>()
  const revokesIn = new Map<string, number>()
  const confirmedIn = new Map<string, number>()
  const postRevokeIn = new Map<string, number>()
  const revokeMs: number[] = []
  let confirmedRevokes = 0
  let liveChecks = 0
  let liveAllowed = 0
  let heldDenials = 0
  let observedEnded = 0
  let observedRefused = 0
  let timed = 0
  let excused = 0
  const count = (where: Map<string, number>, fault: string | undefined): void => {
    if (fault !== undefined) where.set(fault, (where.get(fault) ?? 0) + 1)
  }

  return {
    check(event, endedNs, isLive) {
      if (event.result === 'info') return
      const door = doors.get(event.door) ?? { checks: 0, allowed: 0, postRevoke: 0 }
      doors.set(event.door, door)
      door.checks += 1
      if (event.result === 'allow') door.allowed += 1
      if (endedNs !== undefined && event.invokeNs > endedNs) {
        door.postRevoke += 1
        count(postRevokeIn, event.fault)
      }
      // A fault is there to be denied in; what a healthy store allows is counted between faults.
      if (isLive && event.fault === undefined && event.held === undefined) {
        liveChecks += 1
        if (event.result === 'allow') liveAllowed += 1
      }
      if (event.held !== undefined && event.result === 'deny' && ENDED.has(event.reason ?? '')) heldDenials += 1
    },
    revoke(event) {
      count(revokesIn, event.fault)
      if (event.result !== 'ok') return
      confirmedRevokes += 1
      count(confirmedIn, event.fault)
      revokeMs.push((event.endNs - event.invokeNs) / 1e6)
    },
    observed(isAfterItsEnd, wasRefused) {
      if (isAfterItsEnd) observedEnded += 1
      else if (wasRefused) observedRefused += 1
    },
    timed(isJudged) {
      if (isJudged) timed += 1
      else excused += 1
    },
    tally: () => ({
      confirmedRevokes,
      revokesIn: Object.fromEntries(revokesIn),
      confirmedIn: Object.fromEntries(confirmedIn),
      doors: Object.fromEntries([...doors].map(([name, door]) => [name, { ...door }])),
      postRevokeIn: Object.fromEntries(postRevokeIn),
      liveChecks,
      liveAllowed,
      heldDenials,
      revokeMs,
      observedEnded,
      observedRefused,
      forwarded: 0,
      timed,
      excused,
    }),
  }
}

export interface Thresholds {
  readonly confirmedRevokes: number
  readonly revokesInEachFault: number
  readonly postRevokeChecks: number
  /** Of checks of live tasks between faults. */
  readonly allowedShare: number
  readonly heldDenials: number
  readonly observedEnded: number
  readonly observedRefused: number
  readonly forwarded: number
  /** Of revocations and recoveries, those that were in time or late without an excuse; 0 where lateness is not judged. */
  readonly timedShare: number
}

/** What a run fell short of, in words; empty for one that means something. */
export function vacuityOf(tally: Tally, faults: readonly string[], wanted: Thresholds): readonly string[] {
  const short: string[] = []
  const atLeast = (what: string, found: number, least: number): void => {
    if (found < least) short.push(`${what}: ${found}, at least ${least} wanted`)
  }
  atLeast('confirmed revocations', tally.confirmedRevokes, wanted.confirmedRevokes)
  for (const fault of faults) atLeast(`revocations during "${fault}"`, tally.revokesIn[fault] ?? 0, wanted.revokesInEachFault)
  atLeast('checks after a revocation', postRevokeChecks(tally), wanted.postRevokeChecks)
  atLeast('answers held while revoked', tally.heldDenials, wanted.heldDenials)
  atLeast('revoked tasks looked at through control', tally.observedEnded, wanted.observedEnded)
  atLeast('looks at tasks whose revocation was refused', tally.observedRefused, wanted.observedRefused)
  atLeast('requests that reached the resource', tally.forwarded, wanted.forwarded)
  const judged = tally.timed + tally.excused === 0 ? 0 : tally.timed / (tally.timed + tally.excused)
  if (judged < wanted.timedShare) short.push(`judged in time: ${Math.round(judged * 100)} %, at least ${Math.round(wanted.timedShare * 100)} % wanted`)
  const share = tally.liveChecks === 0 ? 0 : tally.liveAllowed / tally.liveChecks
  if (share < wanted.allowedShare) short.push(`live tasks allowed: ${Math.round(share * 100)} %, at least ${Math.round(wanted.allowedShare * 100)} % wanted`)
  return short
}

export function postRevokeChecks(tally: Tally): number {
  return Object.values(tally.doors).reduce((sum, { postRevoke }) => sum + postRevoke, 0)
}

// The counts a replicated store is run with, and the arithmetic that keeps a cut-off primary from answering. Pure.

/** Counts from configuration, never from what happens to be attached: just after a promotion that is 0 or 1. */
export interface ReplicaPlan {
  /** R: replicas that could be promoted. Others must have `replica-priority 0`. */
  readonly promotable: number
  /** m: `min-replicas-to-write` of every server. */
  readonly minToWrite: number
  /** w: replicas that must have an act before it is confirmed. */
  readonly acks: number
  /**
   * They must have it on disk, not only in memory: `WAITAOF` instead of `WAIT`. With `appendfsync everysec` on any of them each act takes up to a second, and
   * is not confirmed in time.
   */
  readonly synced?: boolean
}

export interface PlanProblem {
  readonly member: 'promotable' | 'minToWrite' | 'acks'
  readonly expected: string
}

const MOST = 16

/** The first thing wrong with the counts, or undefined. Not checked: that the servers are set up so. */
export function problemOfPlan({ promotable, minToWrite, acks }: ReplicaPlan): PlanProblem | undefined {
  for (const [member, count] of [
    ['promotable', promotable],
    ['minToWrite', minToWrite],
    ['acks', acks],
  ] as const) {
    if (!Number.isSafeInteger(count) || count < 0 || count > MOST) return { member, expected: `a whole number from 0 to ${MOST}` }
  }
  if (acks > promotable) return { member: 'acks', expected: `at most ${promotable}: no more replicas than could be promoted` }
  // After a failover one replica less is left: a primary that needs all of them refuses every read until the old one is back.
  const most = Math.max(0, promotable - 1)
  if (minToWrite > most) return { member: 'minToWrite', expected: `at most ${most}: after a failover one replica less is left, and everything would deny` }
  if (promotable > 0 && acks === 0) return { member: 'acks', expected: 'at least 1 where there are replicas: an act on one server alone is lost with it' }
  // After a failover the old primary needs m attached replicas to answer, the new one w to confirm, and R-1 are left to share: with m + w >= R only
  // one of the two can have its own.
  if (minToWrite + acks < promotable)
    return {
      member: 'minToWrite',
      expected: `at least ${promotable - acks}: together with acks as many as could be promoted, or a cut-off primary goes on allowing`,
    }
  return undefined
}

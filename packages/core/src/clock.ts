// Time is always passed in. Domain time is integer seconds since the epoch; durations are measured on the monotonic clock.

export interface Clock {
  /** Wall clock, milliseconds since the Unix epoch. May step. */
  nowMs(): number
  /** Monotonic clock, milliseconds from an arbitrary origin. Never steps back. */
  monotonicMs(): number
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
}

export function nowSeconds(clock: Clock): number {
  return Math.floor(clock.nowMs() / 1000)
}

/** A point on the monotonic clock after which no answer but a deny may leave. */
export interface Deadline {
  readonly atMonotonicMs: number
}

export function deadlineIn(clock: Clock, ms: number): Deadline {
  return { atMonotonicMs: clock.monotonicMs() + ms }
}

/** Milliseconds left, at least 0. 0 means passed. */
export function remainingMs(clock: Clock, deadline: Deadline): number {
  return Math.max(0, deadline.atMonotonicMs - clock.monotonicMs())
}

// A clock that moves only when a test says so.
import type { Clock } from '@bailiwick/core'

/** 2026-11-20T12:00:00Z: the instant every test starts at unless it says otherwise. */
export const TEST_EPOCH_MS = Date.UTC(2026, 10, 20, 12, 0, 0)

export interface TestClock extends Clock {
  advance(ms: number): void
  /** Moves the wall clock alone, as an administrator or NTP would; the monotonic clock goes on. */
  stepWall(ms: number): void
}

export function testClock(startMs: number = TEST_EPOCH_MS): TestClock {
  let wall = startMs
  let monotonic = 1_000
  return {
    nowMs: () => wall,
    monotonicMs: () => monotonic,
    advance: (ms) => {
      wall += ms
      monotonic += ms
    },
    stepWall: (ms) => {
      wall += ms
    },
  }
}

// What reading a large body may take beside the decision about it. A body of sixteen megabytes may need 300 ms of a thread alone (docs/performance.md), which no
// limit meant for a decision has room for: whoever waits for a decision waits for both. Pure.

/** A body or document above it is read in a thread. */
export const LARGE_BYTES = 128 * 1024

const FULL_MS = 300
const FULL_BYTES = 16 * 1024 * 1024

/** Milliseconds more than `limits.decision`, for a body or document of so many bytes: none for one that is read at once, 300 at most. */
export function readingAllowanceMs(bytes: number): number {
  return bytes <= LARGE_BYTES ? 0 : Math.min(FULL_MS, Math.ceil((bytes * FULL_MS) / FULL_BYTES))
}

// The store's counter of state-changing acts, with an epoch that grows at each recovery. Always compared as a pair.

export interface Revision {
  readonly epoch: number
  readonly revision: number
}

/** Negative when `a` is older than `b`, 0 when equal. */
export function compareRevisions(a: Revision, b: Revision): number {
  return a.epoch === b.epoch ? a.revision - b.revision : a.epoch - b.epoch
}

export function isOlder(a: Revision, b: Revision): boolean {
  return compareRevisions(a, b) < 0
}

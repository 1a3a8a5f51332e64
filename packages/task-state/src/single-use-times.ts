// How long things that count once are remembered, alike in every store.

/** How long after its end it is still kept. More than any clock difference between nodes that work at all. */
export const KEEP_SECONDS = 3600

/** The line pruning draws for what ends by itself: an act about it is not put back any more. */
export function hasLapsed(untilSeconds: number, nowSeconds: number): boolean {
  return untilSeconds < nowSeconds - KEEP_SECONDS
}

/**
 * After a recovery nobody knows which keys were spent since the copy was made. Everything that ends within this time counts as spent;
 * single-use proofs live no longer, and what lives longer (approvals) belongs to a task that was cut off.
 */
export const FORGOTTEN_SECONDS = 300
/** Unless its maker signed when it was made, and that was after the loss: by more than a maker's clock may run ahead of ours and still be believed. */
export const CLOCK_AHEAD_SECONDS = 30

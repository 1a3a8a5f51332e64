// The tester's one clock: CLOCK_MONOTONIC in nanoseconds, the same for every process of the host.

export function nowNs(): number {
  return Number(process.hrtime.bigint())
}

/** Where an epoch second lies on that clock, for a machine whose wall clock stays. */
export function monotonicOf(epochSeconds: number): number {
  return nowNs() + (epochSeconds * 1000 - Date.now()) * 1e6
}

// Does one thing again and again: every so often and whenever somebody asks, never twice at a time. Asked in the middle, it is done once more after.

export interface Rounds {
  soon(): void
  close(): void
}

/** `round` settles its own faults: it never rejects. */
export function createRounds(round: () => Promise<void>, everyMs: number): Rounds {
  let running = false
  let wanted = false
  let closed = false
  const timer = setInterval(soon, everyMs)
  timer.unref()

  function soon(): void {
    wanted = true
    if (!running && !closed) void run()
  }

  async function run(): Promise<void> {
    running = true
    wanted = false
    await round()
    running = false
    if (wanted) soon()
  }

  return {
    soon,
    close() {
      closed = true
      clearInterval(timer)
    },
  }
}

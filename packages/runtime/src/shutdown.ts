// Ending well: the first SIGINT or SIGTERM drains and exits 0, a second one exits 1 at once, and a drain that hangs is cut.

export interface ShutdownOptions {
  readonly close: () => Promise<void>
  readonly onFailure: (error: unknown) => void
  readonly boundMs?: number
}

const DEFAULT_BOUND_MS = 10_000

export function shutdownOnSignal(options: ShutdownOptions): void {
  let closing = false
  const stop = (): void => {
    if (closing) process.exit(1)
    closing = true
    setTimeout(() => process.exit(1), options.boundMs ?? DEFAULT_BOUND_MS).unref()
    options.close().then(
      () => process.exit(0),
      (error: unknown) => {
        options.onFailure(error)
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}

// Runs until a signal ends it: as the first process of a container nobody else would.
import { shutdownOnSignal } from '@bailiwick/runtime'
import type { Running } from '../listening.ts'

export function untilTold(running: Running): void {
  shutdownOnSignal({
    close: () => running.close(),
    onFailure: (error) => process.stderr.write(`stopping failed: ${error instanceof Error ? error.message : 'unknown'}\n`),
  })
  process.stdout.write(`listening on ${running.url}\n`)
}

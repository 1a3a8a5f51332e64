// Tests that cannot run here, in one line that says why: never silently.
import { describe, it } from 'vitest'

export function skipped(name: string, why: string): void {
  process.stdout.write(`skipped: ${name}: ${why}\n`)
  describe(name, () => {
    it.skip(`skipped: ${why}`, () => undefined)
  })
}

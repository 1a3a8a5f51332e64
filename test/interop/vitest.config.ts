import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/interop/src/peers/*.peer.ts'],
    pool: 'forks',
    // One peer after another: each brings servers of its own, and what is shown is behaviour, not how much a machine can carry.
    fileParallelism: false,
    // A peer may have to be installed before it can be asked anything.
    testTimeout: 60_000,
    hookTimeout: 600_000,
  },
})

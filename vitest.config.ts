import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [
      'packages/*/test/**/*.test.ts',
      'services/*/test/**/*.test.ts',
      'examples/*/test/**/*.test.ts',
      'test/*/test/**/*.test.ts',
      'scripts/test/**/*.test.ts',
      'bench/test/**/*.test.ts',
    ],
    // Forks, not threads: real child processes (the PDP), sockets and SQLite files belong to one process each.
    pool: 'forks',
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
})

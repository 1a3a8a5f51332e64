// The three moments in one process.
export { startStandalone } from './start-standalone.ts'
export type { Standalone, StandaloneOptions } from './start-standalone.ts'

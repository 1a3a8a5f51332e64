// One process of Bailiwick: all three moments, or those its configuration names.
export { startNode } from './start-node.ts'
export type { NodeOptions, RunningNode } from './start-node.ts'
export { startStandalone } from './start-standalone.ts'
export type { Standalone, StandaloneOptions } from './start-standalone.ts'

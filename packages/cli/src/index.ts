// The command line, as a function.
export { runCli } from './run-cli.ts'
export type { CliInput } from './run-cli.ts'
export { createDrillMetrics } from './drill/drill-metrics.ts'

export type * from './enricher.ts'
export { createEnricher } from './create-enricher.ts'
export type { EnricherDeps } from './create-enricher.ts'

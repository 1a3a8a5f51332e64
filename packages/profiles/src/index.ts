export type * from './enricher.ts'

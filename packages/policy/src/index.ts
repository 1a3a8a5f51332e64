export type * from './decider.ts'

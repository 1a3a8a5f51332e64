export type * from './claims.ts'
export type * from './contract.ts'

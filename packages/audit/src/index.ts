export type * from './journal.ts'
export type * from './record.ts'

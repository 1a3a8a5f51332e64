export type * from './task-store.ts'

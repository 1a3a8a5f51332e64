export { cutOffDisabled } from './cut-off-disabled.ts'
export { openSqliteTaskStore } from './sqlite/sqlite-task-store.ts'
export type { SqliteTaskStoreOptions } from './sqlite/sqlite-task-store.ts'
export type * from './task-store.ts'

// path: packages/audit/src/deep/bad.ts
// refused by: oxlint, layers
import type { TaskStore } from '@bailiwick/task-state'
export type X = TaskStore

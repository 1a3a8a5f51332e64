// path: services/enrichment/src/decide/good.ts
// refused by: nobody
import type { TaskStore } from '@bailiwick/task-state'
import { readCall } from '../read/read-call.ts'
import type { WalkDeps } from './question.ts'
import { follow } from './json-pointer.ts'
export const x = [readCall, follow]
export type X = TaskStore | WalkDeps

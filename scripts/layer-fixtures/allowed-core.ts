// path: packages/core/src/good.ts
// refused by: nobody
import { randomFillSync } from 'node:crypto'
import type { Task } from './task.ts'
export const x = randomFillSync
export type X = Task

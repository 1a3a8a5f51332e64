// path: packages/task-state/src/redis/good.ts
// refused by: nobody
import { Redis } from 'ioredis'
export const x = Redis

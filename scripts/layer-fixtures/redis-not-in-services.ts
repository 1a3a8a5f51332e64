// path: services/control/src/bad.ts
// refused by: oxlint, layers
import { Redis } from 'ioredis'
export const x = Redis

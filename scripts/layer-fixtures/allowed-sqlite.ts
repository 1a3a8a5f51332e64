// path: packages/sqlite/src/good.ts
// refused by: nobody
import { DatabaseSync } from 'node:sqlite'
export const x = DatabaseSync

// path: packages/json/src/bad.ts
// refused by: oxlint, layers
import { openDatabase } from '@bailiwick/sqlite'
export const x = openDatabase

// path: services/standalone/src/bad.ts
// refused by: oxlint, layers
import { DatabaseSync } from 'node:sqlite'
export const x = DatabaseSync

// path: packages/core/src/bad.ts
// refused by: oxlint, layers
import { readFileSync } from 'node:fs'
export const x = readFileSync

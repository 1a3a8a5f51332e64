// path: packages/sqlite/src/bad.ts
// refused by: oxlint, layers
import { canonicalize } from '@bailiwick/json'
export const x = canonicalize

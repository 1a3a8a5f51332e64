// path: packages/client/src/bad.ts
// refused by: oxlint, layers
import type { Decider } from '@bailiwick/policy'
export type X = Decider

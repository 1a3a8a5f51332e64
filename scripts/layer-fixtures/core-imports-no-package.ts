// path: packages/core/src/bad.ts
// refused by: oxlint, layers
import type { BailiwickConfig } from '@bailiwick/config'
export type X = BailiwickConfig

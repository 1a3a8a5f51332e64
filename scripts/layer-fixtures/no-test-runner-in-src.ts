// path: packages/tokens/src/bad.ts
// refused by: oxlint, layers
import { expect } from 'vitest'
export const x = expect

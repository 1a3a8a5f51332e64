// path: packages/tokens/src/bad.ts
// refused by: oxlint, layers
import { createControl } from '@bailiwick/control'
export const x = createControl

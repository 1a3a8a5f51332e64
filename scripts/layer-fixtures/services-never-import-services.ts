// path: services/token-exchange/src/bad.ts
// refused by: oxlint, layers
import { createControl } from '@bailiwick/control'
export const x = createControl

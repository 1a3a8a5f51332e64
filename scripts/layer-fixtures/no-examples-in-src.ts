// path: packages/cli/src/bad.ts
// refused by: oxlint, layers
import { start } from '../../../examples/support-desk/src/start.ts'
export const x = start

// path: services/control/src/bad.ts
// refused by: oxlint, layers
import { startStandalone } from '@bailiwick/standalone'
export const x = startStandalone

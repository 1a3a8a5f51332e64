// path: packages/cli/src/good.ts
// refused by: nobody
import { startStandalone } from '@bailiwick/standalone'
export const x = startStandalone

// path: packages/client/src/good.ts
// refused by: nobody
import { normaliseResourceUri } from '@bailiwick/tokens'
export const x = normaliseResourceUri

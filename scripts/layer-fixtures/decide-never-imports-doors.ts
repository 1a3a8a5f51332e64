// path: services/enrichment/src/decide/bad.ts
// refused by: oxlint, layers
import { encode } from '../doors/v1/encode.ts'
export const x = encode

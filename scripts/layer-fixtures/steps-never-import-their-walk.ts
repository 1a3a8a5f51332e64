// path: services/enrichment/src/decide/check-binding.ts
// refused by: layers
import { decide } from './decide.ts'
export const x = decide

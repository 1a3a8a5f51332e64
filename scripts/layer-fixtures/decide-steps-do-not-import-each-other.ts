// path: services/enrichment/src/decide/evaluate.ts
// refused by: layers
import { checkBinding } from './check-binding.ts'
export const x = checkBinding

// path: services/enrichment/src/decide/bad.ts
// refused by: oxlint, layers
import type { Principal } from '@cerbos/core'
export type X = Principal

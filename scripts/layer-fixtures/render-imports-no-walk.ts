// path: services/enrichment/src/render/mcp/bad.ts
// refused by: oxlint, layers
import { decide } from '../../decide/decide.ts'
export const x = decide

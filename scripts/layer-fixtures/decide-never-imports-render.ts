// path: services/enrichment/src/decide/bad.ts
// refused by: oxlint, layers
import { renderDenial } from '../render/mcp/render-denial.ts'
export const x = renderDenial

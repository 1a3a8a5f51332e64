// path: services/enrichment/src/bad.ts
// refused by: layers
import { renderDenial } from './render/mcp/render-denial.ts'
export const x = renderDenial

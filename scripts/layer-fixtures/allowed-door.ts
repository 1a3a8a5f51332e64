// path: services/enrichment/src/doors/v1/good.ts
// refused by: nobody
import { renderDenial } from '../../render/mcp/render-denial.ts'
import { decide } from '../../decide/decide.ts'
export const x = [renderDenial, decide]

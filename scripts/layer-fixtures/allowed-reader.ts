// path: services/enrichment/src/read/mcp/good.ts
// refused by: nobody
import type { Reading } from '../../decide/question.ts'
export type X = Reading

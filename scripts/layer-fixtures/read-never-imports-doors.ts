// path: services/enrichment/src/read/mcp/bad.ts
// refused by: oxlint, layers
import { decode } from '../../doors/ext-authz/decode.ts'
export const x = decode

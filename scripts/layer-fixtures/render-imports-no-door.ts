// path: services/enrichment/src/render/mcp/bad.ts
// refused by: oxlint, layers
import { decode } from '../../doors/v1/decode.ts'
export const x = decode

// path: services/token-exchange/src/exchange/bad.ts
// refused by: oxlint, layers
import { reply } from '../http/reply.ts'
export const x = reply

// path: packages/policy/src/good.ts
// refused by: nobody
import { GRPC } from '@cerbos/grpc'
export const x = GRPC

// path: packages/task-state/src/bad.ts
// refused by: oxlint, layers
import { GRPC } from '@cerbos/grpc'
export const x = GRPC

// path: packages/core/src/bad.ts
// refused by: oxlint, layers
import { z } from 'zod'
export const x = z

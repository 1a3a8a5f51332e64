// path: packages/runtime/src/metrics/good.ts
// refused by: nobody
import { metrics } from '@opentelemetry/api'
export const x = metrics

// path: services/enrichment/src/bad.ts
// refused by: layers
import { metrics } from '@opentelemetry/api'
export const x = metrics

// path: services/enrichment/src/bad.ts
// refused by: oxlint, layers
import { testClock } from '@bailiwick/kit/clock'
export const x = testClock

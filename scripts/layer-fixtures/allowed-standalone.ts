// path: services/standalone/src/good.ts
// refused by: nobody
import { createControl } from '@bailiwick/control'
import { createEnrichment } from '@bailiwick/enrichment'
import { openJournal } from '@bailiwick/audit'
export const x = [createControl, createEnrichment, openJournal]

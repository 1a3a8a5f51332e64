// Control without other nodes: nothing is kept of anybody.
import type { ShippedRecords } from '@bailiwick/audit'

export const noCopies: ShippedRecords = {
  take: () => Promise.resolve({ outcome: 'taken', watermark: 0, hash: '' }),
  find: () => Promise.resolve([]),
  decision: () => Promise.resolve([]),
  reports: () => new Map(),
  onRecord: () => () => {},
  close: () => Promise.resolve(),
}

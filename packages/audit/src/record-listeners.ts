// Tells listeners of records that are durable, off the path of the appends: a listener that throws or is slow loses records and delays none.
import type { AuditRecord } from './record.ts'

const MAX_WAITING = 1024

export interface RecordListeners {
  readonly any: boolean
  add(listener: (record: AuditRecord) => void): () => void
  tell(record: AuditRecord): void
}

export function createRecordListeners(): RecordListeners {
  const listeners = new Set<(record: AuditRecord) => void>()
  let waiting: AuditRecord[] = []
  let scheduled = false

  const deliver = (): void => {
    scheduled = false
    const records = waiting
    waiting = []
    for (const record of records) {
      for (const listener of listeners) {
        try {
          listener(record)
        } catch {
          // The live view's trouble is not the journal's.
        }
      }
    }
  }

  return {
    get any() {
      return listeners.size > 0
    },
    add(listener) {
      // A wrapper, so that the same function added twice is two listeners.
      const own = (record: AuditRecord): void => listener(record)
      listeners.add(own)
      return () => {
        listeners.delete(own)
      }
    },
    tell(record) {
      if (waiting.length >= MAX_WAITING) return
      waiting.push(record)
      if (scheduled) return
      scheduled = true
      setImmediate(deliver)
    },
  }
}

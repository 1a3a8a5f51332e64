// Writes an act into the ledger before the store does it, so that a store that forgets it gets it back. When the ledger cannot take it the act
// is still done - a full audit disk must not disarm the kill switch - but it is not confirmed, and the caller keeps trying.
import type { RecordedAct, StoreLedger, StoreMark } from '@bailiwick/core'

/** A ledger that does not answer counts as one that failed: a revocation is answered within a second, whatever the audit does. */
const LEDGER_WAIT_MS = 500

/** True when the ledger has the act, durable. Never throws. */
export async function recordIntent(ledger: StoreLedger, mark: StoreMark, act: RecordedAct): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), LEDGER_WAIT_MS)
  })
  const recorded = ledger.record(mark, act).then(
    () => true,
    () => false,
  )
  try {
    return await Promise.race([recorded, late])
  } finally {
    clearTimeout(timer)
  }
}

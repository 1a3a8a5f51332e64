// One node's side of the copy: asks where the copy ends, sends what comes after it, says how far this node has read the store. In the background: it reads
// the journal's file in the reader's thread, holds one batch in memory, and nothing waits for it. The journal itself is the queue.
import type { StoreMark } from '@bailiwick/core'
import type { Journal, SealedRecord } from '../journal.ts'

/** What control answered. `watermark` and `hash` are the end of its copy. */
export interface ShipmentAnswer {
  readonly outcome: 'taken' | 'gap' | 'diverged'
  readonly watermark: number
  readonly hash: string
}

export interface ShipRoundsDeps {
  readonly journal: Pick<Journal, 'recordsAfter'>
  /** Where the store stands as this node sees it now; rejects or `undefined` where that cannot be said. */
  readonly mark: () => Promise<StoreMark | undefined>
  /** Rejects when control did not take it: not reached, too slow, refused, busy. Bounded by whoever sends. */
  readonly send: (body: string) => Promise<ShipmentAnswer>
  readonly observe: (round: ShipRound) => void
}

/** What came of one round. `watermark`: where the copy ends, as far as is known. */
export interface ShipRound {
  readonly outcome: 'taken' | 'gap' | 'diverged' | 'not_sent'
  readonly sent: number
  readonly watermark?: number
  readonly cause?: unknown
}

export interface ShipRounds {
  /** Never rejects. Milliseconds to wait before the next one; 0 when there is more to send. */
  round(): Promise<number>
}

/** How often a node reports when it has nothing to send: also how long a revocation waits to be seen as confirmed by it. */
const EVERY_MS = 1_000
const LONGEST_MS = 15_000
const MAX_RECORDS = 256
/** Written as JSON on the event loop: a millisecond or two. */
const MAX_CHARS = 256 * 1024
/** A node whose journal contradicts the copy goes on reporting, and looks again this often: somebody may have mended it. */
const DIVERGED_MS = 15_000

export function createShipRounds(deps: ShipRoundsDeps): ShipRounds {
  let end: { readonly seq: number; readonly hash: string } | undefined
  let failures = 0
  let diverged = false

  const next = async (): Promise<readonly SealedRecord[]> => {
    // The first round only asks. While the copy contradicts the journal nothing more is sent.
    if (end === undefined || diverged) return []
    return await deps.journal.recordsAfter(end.seq, { maxRecords: MAX_RECORDS, maxChars: MAX_CHARS })
  }

  /** What the copy ends with must be what the journal has there: else the journal was rolled back, and would one day be refused, records later. */
  const isOurs = async (answer: ShipmentAnswer): Promise<boolean> => {
    if (answer.watermark === 0) return true
    const [own] = await deps.journal.recordsAfter(answer.watermark - 1, { maxRecords: 1, maxChars: MAX_CHARS })
    if (own === undefined) return false
    // A journal that lost its file begins after a gap; control knows by the segment's own words whether that follows.
    return own.seq > answer.watermark || own.hash === answer.hash
  }

  return {
    async round() {
      let sent = 0
      try {
        const records = await next()
        sent = records.length
        const full = sent === MAX_RECORDS || charsOf(records) > MAX_CHARS / 2
        const mark = await deps.mark().catch(() => undefined)
        const answer = await deps.send(bodyOf(records, mark))
        failures = 0
        const known = end
        const looked = known === undefined || known.seq + sent !== answer.watermark || diverged
        end = { seq: answer.watermark, hash: answer.hash }
        diverged = answer.outcome === 'diverged' || (looked && !(await isOurs(answer)))
        const outcome = diverged ? 'diverged' : answer.outcome
        deps.observe({ outcome, sent, watermark: answer.watermark })
        if (diverged) return DIVERGED_MS
        return known === undefined || full || outcome === 'gap' ? 0 : EVERY_MS
      } catch (cause) {
        failures += 1
        deps.observe({ outcome: 'not_sent', sent: 0, cause, ...(end === undefined ? {} : { watermark: end.seq }) })
        return Math.min(LONGEST_MS, EVERY_MS * 2 ** Math.min(failures - 1, 5))
      }
    },
  }
}

function charsOf(records: readonly SealedRecord[]): number {
  return records.reduce((chars, { body }) => chars + body.length, 0)
}

function bodyOf(records: readonly SealedRecord[], mark: StoreMark | undefined): string {
  return JSON.stringify({
    records: records.map(({ body, hash }) => ({ body, hash })),
    last_revision: mark === undefined ? null : { store_id: mark.storeId, epoch: mark.revision.epoch, revision: mark.revision.revision },
  })
}

// Follows the feed and puts into this node's ledger what other nodes did, so that after a failover each puts back what any of them recorded. A hint: it is
// read behind the decisions, never for one, and losing all of it only means that the node which did an act has to be there to put it back.
import type { RecordedAct, StoreLedger } from '@bailiwick/core'
import type { Asker } from './asker.ts'
import { feedEntryOf } from './feed-entry.ts'
import { READ_FEED } from './lua/read.ts'
import type { View } from './view.ts'

const PULL_MS = 100
const AT_ONCE = 200
const BEGINNING = '0-0'

export interface FeedTail {
  close(): void
}

export function followFeed(asker: Asker, ledger: StoreLedger): FeedTail {
  let following = ''
  let read = BEGINNING
  /** Acts the ledger had when the feed was taken up: most of what is in it. Dropped once the end was reached. */
  let known: ReadonlySet<string> | undefined
  let closed = false
  let timer: NodeJS.Timeout | undefined

  async function pull(): Promise<void> {
    const view = asker.membership.view()
    if (following !== keyOf(view)) {
      // After a failover entries may be gone, and others be in their places.
      known = new Set((await ledger.acts()).map(nameOf))
      read = BEGINNING
      following = keyOf(view)
    }
    for (;;) {
      const reply = await asker.work(READ_FEED, [read, AT_ONCE])
      const entries = Array.isArray(reply) ? reply.map(feedEntryOf) : []
      for (const entry of entries) {
        const mark = asker.membership.lastMark()
        if (entry === undefined || mark === undefined || closed) return
        if (entry.act !== undefined && known?.has(nameOf(entry.act)) !== true) await ledger.record(mark, entry.act)
        read = entry.at
      }
      if (entries.length < AT_ONCE) break
    }
    known = undefined
  }

  function later(): void {
    if (closed) return
    timer = setTimeout(() => {
      // Whatever is wrong with the store or the ledger is told by those who decide; here it only delays.
      pull().then(later, later)
    }, PULL_MS)
    timer.unref()
  }
  later()

  return {
    close() {
      closed = true
      clearTimeout(timer)
    },
  }
}

/** What tells one act from another, and what is known of it from less. */
function nameOf(act: RecordedAct): string {
  switch (act.act) {
    case 'revoke':
      return `revoke ${act.revocation.id} ${act.revocation.revision.epoch} ${act.revocation.revision.revision}`
    case 'lift':
      return `lift ${act.revocationId}`
    case 'complete':
      return `complete ${act.taskId}`
    case 'revoke_token':
      return `revoke_token ${act.untilSeconds} ${act.jti}`
  }
}

function keyOf(view: View): string {
  return `${view.storeId}/${view.epoch}`
}

// Follows the feed and puts into this node's ledger what other nodes did, so that after a failover each puts back what any of them recorded. A hint: it is
// read behind the decisions, never for one, and losing all of it only means that the node which did an act has to be there to put it back.
import type { RecordedAct, StoreLedger } from '@bailiwick/core'
import type { Asker } from './asker.ts'
import { feedEntryOf } from './feed-entry.ts'
import { READ_FEED } from './lua/read.ts'
import type { View } from './view.ts'

const PULL_MS = 100
const AT_ONCE = 24
/** After a page with more behind it: some three thousand acts a second, more than a node sends, and what one page takes of the loop, the ledger and the server is all a decision waits for. */
const PAGE_MS = 8
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
      const mark = asker.membership.lastMark()
      if (mark === undefined || closed) return
      const readable = entries.slice(0, indexOfUnreadable(entries)).filter((entry) => entry !== undefined)
      // Together, so that they share the ledger's commits: thousands may have come at once.
      const kept = await Promise.allSettled(
        readable.map(async ({ act }) => (act === undefined || known?.has(nameOf(act)) === true ? undefined : await ledger.record(mark, act))),
      )
      const failed = kept.findIndex(({ status }) => status === 'rejected')
      const through = failed === -1 ? readable.length : failed
      read = readable[through - 1]?.at ?? read
      if (through < entries.length) return
      if (entries.length < AT_ONCE) break
      await pause(PAGE_MS)
      if (closed) return
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

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref())
}

function indexOfUnreadable(entries: readonly unknown[]): number {
  const at = entries.indexOf(undefined)
  return at === -1 ? entries.length : at
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

// The embedded store alone: reads one after the other, and revocations with a real journal for their ledger.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openJournal } from '@bailiwick/audit'
import { systemClock } from '@bailiwick/core'
import { openSqliteTaskStore } from '@bailiwick/task-state'
import { timed } from './figure.ts'
import type { Figure } from './figure.ts'
import { endOf, fill, question } from './tasks.ts'

const TASKS = 10_000
const READS = 40_000
const REVOKES = 1_000

export async function measureSqlite(): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-stores-'))
  const journal = await openJournal({ file: join(folder, 'audit.db'), node: 'bench', clock: systemClock, reservedBytes: 0 })
  try {
    const store = await openSqliteTaskStore({ file: join(folder, 'bailiwick.db'), ledger: journal.ledger, clock: systemClock })
    const ids = await fill(store, TASKS)
    const read = async (n: number): Promise<void> => {
      const standing = await store.readStanding(question(ids, n))
      if (!standing.ok) throw new Error(`denied: ${standing.denial.reason}`)
    }
    await timed(READS / 2, read)
    const reads = await timed(READS, read)
    const revokes = await timed(REVOKES, async (n) => {
      const id = ids[n]
      const done = id === undefined ? undefined : await store.revoke(endOf(id))
      if (done?.ok !== true || done.value.status !== 'confirmed') throw new Error('not confirmed')
    })
    await store.close()
    return [
      { what: 'state read, one at a time', times: reads, budget: { percentile: 0.5, ms: 0.01 } },
      { what: 'revocation confirmed, one at a time', times: revokes, budget: { percentile: 0.99, ms: 5 } },
    ]
  } finally {
    await journal.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

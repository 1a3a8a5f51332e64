// The embedded store alone: reads one after the other, and revocations with a real journal for their ledger.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openJournal } from '@bailiwick/audit'
import { systemClock } from '@bailiwick/core'
import type { TaskId } from '@bailiwick/core'
import { openDatabase } from '@bailiwick/sqlite'
import { openSqliteTaskStore } from '@bailiwick/task-state'
import { whileAwake } from './awake.ts'
import { timed } from './figure.ts'
import type { Figure } from './figure.ts'
import { endOf, fill, question } from './tasks.ts'

const TASKS = 10_000
const READS = 40_000
const REVOKES = 1_000

export async function measureSqlite(): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-stores-'))
  const file = join(folder, 'bailiwick.db')
  const journal = await openJournal({ file: join(folder, 'audit.db'), node: 'bench', clock: systemClock, reservedBytes: 0 })
  try {
    const store = await openSqliteTaskStore({ file, ledger: journal.ledger, clock: systemClock })
    const ids = await fill(store, TASKS)
    const read = async (n: number): Promise<void> => {
      const standing = await store.readStanding(question(ids, n))
      if (!standing.ok) throw new Error(`denied: ${standing.denial.reason}`)
    }
    await timed(READS / 2, read)
    const reads = await timed(READS, read)
    const readsAwake = await whileAwake(() => timed(READS, read))
    const bare = await oneColumn(file, ids)
    const revokes = await timed(REVOKES, async (n) => {
      const id = ids[n]
      const done = id === undefined ? undefined : await store.revoke(endOf(id))
      if (done?.ok !== true || done.value.status !== 'confirmed') throw new Error('not confirmed')
    })
    await store.close()
    return [
      { what: 'one column by its key, the database alone', times: bare },
      { what: 'state read, the processors kept awake', times: readsAwake ?? [] },
      { what: 'state read, one at a time', times: reads, budget: { percentile: 0.5, ms: 0.01 } },
      { what: 'revocation confirmed, one at a time', times: revokes, budget: { percentile: 0.99, ms: 5 } },
    ]
  } finally {
    await journal.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What the least that could be asked of the same file costs, over a connection of its own. */
async function oneColumn(file: string, ids: readonly TaskId[]): Promise<readonly number[]> {
  const db = openDatabase({ file, timeoutMs: 10, readOnly: true, integrity: 'none' })
  try {
    const state = db.prepare('SELECT state FROM task WHERE id = ?')
    const once = async (n: number): Promise<unknown> => await Promise.resolve(state.values(ids[(n * 7919) % ids.length] ?? ''))
    await timed(READS / 2, once)
    return await timed(READS, once)
  } finally {
    db.close()
  }
}

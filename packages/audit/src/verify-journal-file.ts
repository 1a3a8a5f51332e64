// Verifies the chain of a journal file, read-only, in pages, whether or not a node has it open.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { openDatabase, SqliteError } from '@bailiwick/sqlite'
import type { SqliteDatabase } from '@bailiwick/sqlite'
import type { Verification } from './journal.ts'
import { problemOf } from './journal-fault.ts'
import { JOURNAL_APPLICATION_ID, JOURNAL_MIGRATIONS } from './schema.ts'
import { toChainRow } from './to-chain-row.ts'
import { createChainVerifier } from './verify-chain.ts'

const PAGE_ROWS = 500

/**
 * `ok: false` names the first bad record; `seq` 0 where the file itself cannot be read. Not seen: records cut off at the end, and a file
 * rewritten as a whole with fresh hashes. Both need an anchor outside the file: compare `last_hash` with one kept elsewhere. The ledger is not checked.
 */
export async function verifyJournalFile(file: string): Promise<Verification> {
  let db: SqliteDatabase | undefined
  let seq = 0
  try {
    db = openDatabase({ file, timeoutMs: 2000, readOnly: true, migrations: JOURNAL_MIGRATIONS, applicationId: JOURNAL_APPLICATION_ID, integrity: 'quick' })
    const chain = createChainVerifier()
    for (;;) {
      const rows = db.prepare(`SELECT * FROM record WHERE seq > ? ORDER BY seq LIMIT ${PAGE_ROWS}`).all(seq)
      if (rows.length === 0) return { ok: true, records: chain.records, last_hash: chain.lastHash, segments: chain.segments }
      for (const row of rows) {
        const stored = toChainRow(row)
        seq = stored.seq
        const problem = chain.check(stored)
        if (problem !== undefined) return { ok: false, seq, problem }
      }
      await nextTurn()
    }
  } catch (error) {
    if (!(error instanceof SqliteError)) throw error
    return { ok: false, seq, problem: `the file cannot be read: ${problemOf(error)}` }
  } finally {
    db?.close()
  }
}

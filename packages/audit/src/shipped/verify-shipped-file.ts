// Verifies the copies of all nodes' chains in one file, read-only, in pages, whether or not control has it open.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { openDatabase, SqliteError } from '@bailiwick/sqlite'
import type { SqliteDatabase } from '@bailiwick/sqlite'
import { problemOf } from '../journal-fault.ts'
import { NO_PREDECESSOR } from '../stored-record.ts'
import { toChainRow } from '../to-chain-row.ts'
import { createChainVerifier } from '../verify-chain.ts'
import { follows, isNamed } from './follow.ts'
import { SHIPPED_APPLICATION_ID, SHIPPED_MIGRATIONS } from './schema.ts'

export type CopyVerification =
  /** `missing`: records the node had and lost before they came. */
  | { readonly node: string; readonly ok: true; readonly records: number; readonly last_hash: string; readonly segments: number; readonly missing: number }
  | { readonly node: string; readonly ok: false; readonly seq: number; readonly problem: string }

export type ShippedVerification =
  | { readonly ok: boolean; readonly nodes: readonly CopyVerification[] }
  | { readonly ok: false; readonly nodes: readonly []; readonly problem: string }

const PAGE_ROWS = 500

/** One verdict per node. Not seen: a copy cut off at the end, or rewritten as a whole with fresh hashes; compare with the node's own journal. */
export async function verifyShippedFile(file: string): Promise<ShippedVerification> {
  let db: SqliteDatabase | undefined
  try {
    db = openDatabase({ file, timeoutMs: 2000, readOnly: true, migrations: SHIPPED_MIGRATIONS, applicationId: SHIPPED_APPLICATION_ID, integrity: 'quick' })
    const names = db.prepare('SELECT DISTINCT node FROM record UNION SELECT node FROM node ORDER BY 1').all()
    const nodes: CopyVerification[] = []
    for (const row of names) nodes.push(await verifyCopy(db, String(row['node'])))
    return { ok: nodes.every((one) => one.ok), nodes }
  } catch (error) {
    if (!(error instanceof SqliteError)) throw error
    return { ok: false, nodes: [], problem: `the file cannot be read: ${problemOf(error)}` }
  } finally {
    db?.close()
  }
}

async function verifyCopy(db: SqliteDatabase, node: string): Promise<CopyVerification> {
  let missing = 0
  let ownSeen = false
  const chain = createChainVerifier((end, record) => {
    if (!isNamed(node, record, ownSeen)) return 'a record of another node'
    ownSeen ||= record['node'] === node
    const following = follows(end, record)
    if (!following.ok) return following.problem
    missing += following.missing
    return undefined
  })
  let end = { seq: 0, hash: NO_PREDECESSOR }
  for (;;) {
    const rows = db.prepare(`SELECT * FROM record WHERE node = ? AND seq > ? ORDER BY seq LIMIT ${PAGE_ROWS}`).all(node, end.seq)
    if (rows.length === 0) break
    for (const row of rows) {
      const stored = toChainRow(row)
      const problem = chain.check(stored)
      if (problem !== undefined) return { node, ok: false, seq: stored.seq, problem }
      end = stored
    }
    await nextTurn()
  }
  const kept = db.prepare('SELECT seq, hash FROM node WHERE node = ?').get(node)
  if (kept?.['seq'] !== end.seq || kept['hash'] !== end.hash) return { node, ok: false, seq: end.seq, problem: 'the copy does not end where it was left' }
  return { node, ok: true, records: chain.records, last_hash: chain.lastHash, segments: chain.segments, missing }
}

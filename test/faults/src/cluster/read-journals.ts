// The durable records of every node after a run, straight from the files, and whether each chain is whole. Denies are left out unless they take an allow back.
import { existsSync } from 'node:fs'
import { verifyJournalFile } from '@bailiwick/audit'
import { openDatabase } from '@bailiwick/sqlite'
import type { JournalRecord } from '../checker/event.ts'
import type { House } from './house.ts'

export interface ReadJournals {
  readonly records: readonly JournalRecord[]
  /** In words; empty when every chain is whole. */
  readonly problems: readonly string[]
}

const KINDS = "('decision', 'exchange')"
const PAGE = 5_000

export async function readJournals({ nodes }: House): Promise<ReadJournals> {
  const records: JournalRecord[] = []
  const problems: string[] = []
  for (const { name, auditFile } of nodes) {
    if (!existsSync(auditFile)) {
      problems.push(`${name} has no journal`)
      continue
    }
    const chain = await verifyJournalFile(auditFile)
    if (!chain.ok) problems.push(`the journal of ${name} is broken at ${chain.seq}: ${chain.problem}`)
    const db = openDatabase({ file: auditFile, timeoutMs: 2_000, readOnly: true, integrity: 'none' })
    try {
      const page = db.prepare(
        `SELECT seq, body FROM record WHERE seq > ? AND kind IN ${KINDS} AND (effect <> 'deny' OR body LIKE '%"supersedes"%') ORDER BY seq LIMIT ${PAGE}`,
      )
      let seq = 0
      for (let rows = page.all(seq); rows.length > 0; rows = page.all(seq)) {
        seq = Number(rows.at(-1)?.['seq'])
        for (const { body } of rows) records.push(recordOf(typeof body === 'string' ? body : '{}'))
      }
    } finally {
      db.close()
    }
  }
  return { records, problems }
}

function recordOf(body: string): JournalRecord {
  const record: unknown = JSON.parse(body)
  const at = (...path: readonly string[]): unknown =>
    path.reduce<unknown>((value, name) => (typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined), record)
  const text = (value: unknown): string => (typeof value === 'string' ? value : '')
  const issued = at('issued')
  const digest = at('action', 'args_digest')
  const supersedes = at('supersedes')
  return {
    id: text(at('id')),
    decisionId: text(at('decision_id')),
    effect: at('effect') === 'deny' ? 'deny' : 'allow',
    issued: Array.isArray(issued) ? issued.map((token: unknown) => (typeof token === 'object' && token !== null && 'jti' in token ? text(token.jti) : '')) : [],
    ...(typeof digest === 'string' ? { digest } : {}),
    ...(typeof supersedes === 'string' ? { supersedes } : {}),
  }
}

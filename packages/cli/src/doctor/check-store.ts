// The store and the journal, beside a running service or without one: how they are written, whether they are whole, whether the chain holds. Files are only
// read; on Redis one field that lapses after a minute is written, to see who has it.
import { statSync } from 'node:fs'
import { verifyJournalFile } from '@bailiwick/audit'
import type { BailiwickConfig } from '@bailiwick/config'
import { Fault } from '@bailiwick/core'
import type { Clock } from '@bailiwick/core'
import { openDatabase, SqliteError } from '@bailiwick/sqlite'
import { inspectRedisStore } from '@bailiwick/task-state'
import type { StoreCheck } from '@bailiwick/task-state'
import type { Recorder } from './finding.ts'

const TIMEOUT_MS = 2000

export async function checkStore(config: Pick<BailiwickConfig, 'store' | 'node'>, clock: Clock, found: Recorder): Promise<void> {
  if (config.store.kind === 'redis') return await checkRedis(config, clock, found)
  checkDatabase(config.store.file, found, { name: 'store', lost: 'a revocation' })
}

async function checkRedis(config: Pick<BailiwickConfig, 'store' | 'node'>, clock: Clock, found: Recorder): Promise<void> {
  let checks: readonly StoreCheck[]
  try {
    checks = await inspectRedisStore(config, clock)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return found.refuse('store.reach', `the store cannot be looked at (${error.code})`, {
      costs: 'without it every call is denied, and nothing can be revoked',
      mend: 'docs/state.md says what each code takes',
    })
  }
  for (const { item, required, found: is, status, costs } of checks) {
    const check = `store.${item.replaceAll(' ', '.')}`
    const says = status === 'pass' ? `${item}: ${is}` : `${item} is ${is}; required: ${required}`
    switch (status) {
      case 'pass':
        found.ok(check, says)
        break
      case 'fail':
        found.refuse(check, says, { costs })
        break
      case 'warn':
        found.warn(check, says, { costs })
        break
      case 'unknown':
        found.unknown(check, says, { costs, mend: 'ask as a user who may see it, or whoever runs the server' })
        break
    }
  }
}

export async function checkAudit({ audit }: BailiwickConfig, found: Recorder): Promise<void> {
  if (!checkDatabase(audit.file, found, { name: 'audit', lost: 'the record of an allowed call' })) return
  const verified = await verifyJournalFile(audit.file)
  if (!verified.ok) {
    return found.refuse('audit.chain', `the chain breaks at record ${verified.seq}: ${verified.problem}`, {
      costs: 'the audit proves nothing from there on: somebody changed it, or the disk did',
      mend: 'keep the file as evidence, and start a new one (audit.file)',
    })
  }
  found.ok('audit.chain', `${verified.records} records, each linked to the one before`)
  if (verified.segments > 1) {
    found.warn('audit.segments', `${verified.segments} segments: the file was lost, cut or replaced ${verified.segments - 1} times under a running node`, {
      costs: 'records between the segments are gone',
      mend: 'find out who touched the file; each segment says in its first record where the one before ended',
    })
  }
}

/** True when it is there and can be read. */
function checkDatabase(file: string, found: Recorder, { name, lost }: { readonly name: 'store' | 'audit'; readonly lost: string }): boolean {
  if (statSync(file, { throwIfNoEntry: false }) === undefined) {
    found.advice(`${name}.file`, `${file} is not there yet`, { costs: 'nothing before the first start; after it, its loss: the next start begins a recovery' })
    return false
  }
  const broken = `the service denies everything until it is restored`
  try {
    // The pages of the whole file are checked as it is opened.
    const db = openDatabase({ file, timeoutMs: TIMEOUT_MS, readOnly: true, integrity: 'quick' })
    try {
      found.ok(`${name}.integrity`, `${file} is whole`)
      const mode = db.prepare('PRAGMA journal_mode').get()?.['journal_mode']
      if (mode === 'wal') found.ok(`${name}.journal_mode`, 'journal_mode is WAL')
      else
        found.refuse(`${name}.journal_mode`, `journal_mode is ${String(mode)}, not WAL`, {
          costs: `${lost} can be seen half-written, or block every read`,
          mend: 'the next start sets it; find out what changed it',
        })
      const synchronous = db.prepare('PRAGMA synchronous').get()?.['synchronous']
      if (synchronous === 2) found.ok(`${name}.synchronous`, 'synchronous is FULL for each connection this version opens: a commit is on disk when it returns')
      else found.refuse(`${name}.synchronous`, 'synchronous is less than FULL', { costs: `a power failure can lose ${lost} that was confirmed` })
      return true
    } finally {
      db.close()
    }
  } catch (error) {
    if (!(error instanceof SqliteError)) throw error
    const corrupt = error.problem === 'corrupt' || error.problem === 'foreign'
    if (corrupt)
      found.refuse(`${name}.integrity`, `${file} is not whole, or not a database of ours (${error.problem})`, {
        costs: broken,
        mend: 'stop the service and restore a copy; the next start notices and cuts off what is older',
      })
    else
      found.unknown(`${name}.integrity`, `${file} cannot be opened (${error.problem})`, { costs: broken, mend: 'run doctor as the user the service runs as' })
    return false
  }
}

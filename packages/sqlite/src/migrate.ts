// Brings a file to the schema the code expects. Refuses what is not ours and what is newer than the code.
import type { NodeDatabase } from './node-sqlite.ts'
import { SqliteError } from './sqlite-error.ts'

export interface MigrateOptions {
  readonly readOnly: boolean
  readonly migrations: readonly string[]
  readonly applicationId?: number
}

/** Each step commits alone with its number. Two processes that start together are serialised by BEGIN IMMEDIATE and look again inside. */
export function migrate(db: NodeDatabase, options: MigrateOptions): void {
  refuseForeign(db, options)
  const { migrations } = options
  // A caller that brings no schema of its own opens the file as it is.
  if (options.readOnly || (migrations.length === 0 && options.applicationId === undefined)) return
  if (userVersion(db) === migrations.length && mark(db) === (options.applicationId ?? mark(db))) return
  for (;;) {
    db.exec('BEGIN IMMEDIATE')
    try {
      const version = userVersion(db)
      const step = migrations[version]
      if (step !== undefined) db.exec(step)
      if (step !== undefined) db.exec(`PRAGMA user_version = ${version + 1}`)
      if (options.applicationId !== undefined) db.exec(`PRAGMA application_id = ${options.applicationId}`)
      db.exec('COMMIT')
      if (version + 1 >= migrations.length) return
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK')
      throw error
    }
  }
}

function refuseForeign(db: NodeDatabase, options: MigrateOptions): void {
  const version = userVersion(db)
  if (version > options.migrations.length && options.migrations.length > 0)
    throw new SqliteError('foreign', 'the database file has a newer schema than this version knows')
  if (options.applicationId === undefined) return
  const tables = db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n']
  const unmarkedAndEmpty = mark(db) === 0 && version === 0 && tables === 0
  if (mark(db) !== options.applicationId && !unmarkedAndEmpty) throw new SqliteError('foreign', 'the database file belongs to another application')
}

function userVersion(db: NodeDatabase): number {
  return Number(db.prepare('PRAGMA user_version').get()?.['user_version'])
}

function mark(db: NodeDatabase): number {
  return Number(db.prepare('PRAGMA application_id').get()?.['application_id'])
}

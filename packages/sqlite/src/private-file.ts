// Makes the folder and file before SQLite does, so that they are ours alone from the first byte. -wal and -shm inherit the file's mode.
import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { SqliteError } from './sqlite-error.ts'

const OTHERS_MAY_WRITE = 0o022
const STICKY = 0o1000

/** Folder 0700, file 0600, both durable in their folder. Not checked: who can write to the folders above. */
export function preparePrivateFile(file: string): void {
  const folder = dirname(file)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    closeToOthers(folder)
    createFile(file)
    chmodSync(file, 0o600)
    syncFolder(folder)
  } catch (error) {
    if (error instanceof SqliteError) throw error
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined
    const problem = code === 'ENOSPC' || code === 'EROFS' ? 'full' : code === 'EACCES' || code === 'EPERM' ? 'permissions' : 'io'
    throw new SqliteError(problem, 'the database file could not be prepared', { cause: error })
  }
}

/** Whoever may write to the folder may swap the file. Ours is tightened; a shared one (sticky, or another's) is refused. */
function closeToOthers(folder: string): void {
  const stat = statSync(folder)
  if ((stat.mode & OTHERS_MAY_WRITE) === 0) return
  const ours = process.getuid === undefined || stat.uid === process.getuid()
  if (!ours || (stat.mode & STICKY) !== 0) throw new SqliteError('permissions', 'the data folder can be written to by others: expected mode 0700')
  chmodSync(folder, 0o700)
}

/**
 * Only ever creates. Opening and closing an existing database here would drop every lock this process holds on it, in any thread
 * (POSIX advisory locks go with the first close; SQLite, "How To Corrupt An SQLite Database File", 2.2).
 */
function createFile(file: string): void {
  try {
    closeSync(openSync(file, 'ax', 0o600))
  } catch (error) {
    if (!(error instanceof Error && Reflect.get(error, 'code') === 'EEXIST')) throw error
  }
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

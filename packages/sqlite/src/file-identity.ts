// Which files a connection really has open. An unlinked or replaced database goes on answering from the old files and takes writes that
// nobody will ever see again (SQLite, "How To Corrupt An SQLite Database File", 2.4), so identity is compared, never assumed.
import { statSync } from 'node:fs'
import type { Stats } from 'node:fs'
import { SqliteError } from './sqlite-error.ts'

interface FileIdentity {
  readonly path: string
  readonly dev: number
  readonly ino: number
}

/** Device and inode of the database, its -wal and its -shm, as they were right after opening. */
export interface DatabaseIdentity {
  readonly main: FileIdentity
  readonly wal: FileIdentity
  readonly shm: FileIdentity
}

/** The kernel cannot give an inode number away again while we hold the file open, so equality means the same file. */
export function identify(file: string): DatabaseIdentity {
  return { main: identityOf(file), wal: identityOf(`${file}-wal`), shm: identityOf(`${file}-shm`) }
}

function identityOf(path: string): FileIdentity {
  const stat = statSync(path, { throwIfNoEntry: false })
  return { path, dev: stat?.dev ?? 0, ino: stat?.ino ?? 0 }
}

/** What the same look at the files tells besides. In WAL mode only a checkpoint writes the database file itself. */
export interface FileSigns {
  readonly mainBytes: number
  readonly mainChangedMs: number
  readonly walBytes: number
}

/** Throws `moved` when any of the three is missing or another file than before. About a microsecond per file. */
export function assertSameFiles(opened: DatabaseIdentity): FileSigns {
  const main = statSame(opened.main)
  const wal = statSame(opened.wal)
  statSame(opened.shm)
  return { mainBytes: main?.size ?? 0, mainChangedMs: main?.mtimeMs ?? 0, walBytes: wal?.size ?? 0 }
}

const MISSING_IS_UNDEFINED = { throwIfNoEntry: false } as const

function statSame(file: FileIdentity): Stats | undefined {
  const stat = statSync(file.path, MISSING_IS_UNDEFINED)
  if ((stat?.ino ?? 0) !== file.ino || (stat?.dev ?? 0) !== file.dev) throw new SqliteError('moved', 'the database file was moved, removed or replaced')
  return stat
}

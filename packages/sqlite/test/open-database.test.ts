// The wrapper against real files and, where locks are concerned, real processes.
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase, readBeneathWal, SqliteError } from '../src/index.ts'
import type { OpenDatabaseOptions, SqliteDatabase } from '../src/index.ts'

const MIGRATIONS = ['CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT) STRICT']

let folder: string
let file: string
const opened: SqliteDatabase[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-sqlite-'))
  file = join(folder, 'data', 'x.db')
})

afterEach(() => {
  for (const db of opened.splice(0)) db.close()
  rmSync(folder, { recursive: true, force: true })
})

function open(change: Partial<OpenDatabaseOptions> = {}): SqliteDatabase {
  const db = openDatabase({ file, timeoutMs: 10, migrations: MIGRATIONS, ...change })
  opened.push(db)
  return db
}

function problemOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    return error instanceof SqliteError ? error.problem : `not a SqliteError: ${String(error)}`
  }
  return 'none'
}

/** Another process; it closes the file as it ends. */
function elsewhere(sql: string): void {
  const script = `const { DatabaseSync } = require('node:sqlite'); const db = new DatabaseSync(process.argv[1]); db.exec(process.argv[2]); db.close()`
  execFileSync(process.execPath, ['-e', script, file, sql], { stdio: ['ignore', 'ignore', 'inherit'] })
}

const insert = (db: SqliteDatabase, a: number): number => db.immediate(() => db.prepare('INSERT INTO t (a) VALUES (?)').run(a))
const count = (db: SqliteDatabase): unknown => db.prepare('SELECT count(*) AS n FROM t').get()?.['n']

describe('opening', () => {
  it('makes folder and files that only the owner can read', () => {
    insert(open(), 1)
    expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700)
    for (const path of [file, `${file}-wal`, `${file}-shm`]) expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('closes a file and a folder of ours that were open to others', () => {
    open().close()
    chmodSync(file, 0o666)
    chmodSync(join(folder, 'data'), 0o777)
    open()
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700)
  })

  it('refuses a folder that is shared on purpose', () => {
    mkdirSync(join(folder, 'data'))
    chmodSync(join(folder, 'data'), 0o1777)
    expect(problemOf(() => open())).toBe('permissions')
    expect(existsSync(file)).toBe(false)
  })

  it('has every durability setting on, on each connection', () => {
    for (const db of [open(), open()]) {
      expect(db.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
      expect(db.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 })
      expect(db.prepare('PRAGMA foreign_keys').get()).toEqual({ foreign_keys: 1 })
      expect(db.prepare('PRAGMA busy_timeout').get()).toEqual({ timeout: 10 })
    }
  })

  it('does not let SQL loosen the file under us', () => {
    const db = open()
    db.exec('PRAGMA writable_schema = ON')
    expect(problemOf(() => db.exec("UPDATE sqlite_schema SET sql = 'x'"))).not.toBe('none')
  })

  it('does not create a folder for a path through a file', () => {
    writeFileSync(join(folder, 'data'), '')
    expect(problemOf(() => open())).toBe('io')
  })

  it('follows a link to where the data is', () => {
    const target = join(folder, 'real')
    mkdirSync(target, { mode: 0o700 })
    symlinkSync(target, join(folder, 'data'))
    insert(open(), 1)
    expect(existsSync(join(target, 'x.db'))).toBe(true)
  })

  it('refuses what is not a database, and leaves it alone', () => {
    mkdirSync(join(folder, 'data'), { mode: 0o700 })
    writeFileSync(file, Buffer.alloc(8192, 0x41))
    expect(problemOf(() => open())).toBe('corrupt')
    expect(readFileSync(file).equals(Buffer.alloc(8192, 0x41))).toBe(true)
  })

  it('refuses a damaged database', () => {
    const db = open()
    db.immediate(() => {
      for (let a = 0; a < 2000; a += 1) db.prepare('INSERT INTO t VALUES (?, ?)').run(a, 'x'.repeat(50))
    })
    db.close()
    const bytes = readFileSync(file)
    bytes.fill(0x7f, 8192, 40_000)
    writeFileSync(file, bytes)
    expect(problemOf(() => open())).toBe('corrupt')
  })
})

describe('migrations', () => {
  it('run once, and go on where an older version stopped', () => {
    insert(open(), 1)
    const db = open({ migrations: [...MIGRATIONS, 'ALTER TABLE t ADD COLUMN c TEXT', "UPDATE t SET c = 'new'"] })
    expect(db.prepare('SELECT a, c FROM t').all()).toEqual([{ a: 1, c: 'new' }])
    expect(db.prepare('PRAGMA user_version').get()).toEqual({ user_version: 3 })
  })

  it('leave nothing behind when a step fails', () => {
    open().close()
    const broken = [...MIGRATIONS, 'CREATE TABLE u (a); INSERT INTO nowhere VALUES (1)']
    expect(problemOf(() => open({ migrations: broken }))).not.toBe('none')
    expect(open().prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'u'").get()).toEqual({ n: 0 })
  })

  it('refuse a file of a newer version, and one with another mark', () => {
    open({ migrations: [...MIGRATIONS, 'CREATE TABLE u (a)'], applicationId: 7 }).close()
    expect(problemOf(() => open({ applicationId: 7 }))).toBe('foreign')
    expect(problemOf(() => open({ migrations: [...MIGRATIONS, 'CREATE TABLE u (a)'], applicationId: 8 }))).toBe('foreign')
  })

  it('are left alone by a caller that brings none', () => {
    open({ applicationId: 7 }).close()
    openDatabase({ file, timeoutMs: 10 }).close()
    openDatabase({ file, timeoutMs: 10, applicationId: 7 }).close()
    expect(open({ applicationId: 7 }).prepare('PRAGMA user_version').get()).toEqual({ user_version: 1 })
  })

  it('refuse to mark a file that already holds something', () => {
    open().close()
    expect(problemOf(() => open({ applicationId: 7 }))).toBe('foreign')
  })
})

describe('transactions', () => {
  it('leave nothing when the work throws, and hand the error on', () => {
    const db = open()
    const failure = new Error('no')
    expect(() =>
      db.immediate(() => {
        db.prepare('INSERT INTO t (a) VALUES (1)').run()
        throw failure
      }),
    ).toThrow(failure)
    expect(count(db)).toBe(0)
    expect(insert(db, 2)).toBe(1)
  })

  it('are busy while another connection writes, within the timeout, and usable after', () => {
    const db = open()
    const other = new DatabaseSync(file)
    other.exec('BEGIN IMMEDIATE')
    expect(problemOf(() => insert(db, 1))).toBe('busy')
    expect(count(db)).toBe(0)
    other.exec('ROLLBACK')
    other.close()
    insert(db, 1)
    expect(count(db)).toBe(1)
  })

  it('name a broken rule and an integer that does not fit', () => {
    const db = open()
    insert(db, 1)
    expect(problemOf(() => insert(db, 1))).toBe('constraint')
    db.exec('INSERT INTO t (a) VALUES (9007199254740993)')
    expect(problemOf(() => db.prepare('SELECT a FROM t').all())).toBe('corrupt')
  })

  it('show the next read what another process has committed', () => {
    const db = open()
    expect(count(db)).toBe(0)
    elsewhere('INSERT INTO t (a) VALUES (1)')
    expect(count(db)).toBe(1)
  })

  it('give a row with names or in order, from one statement, and undefined where there is none', () => {
    const db = open()
    insert(db, 7)
    const statement = db.prepare('SELECT a AS x, a + 1 AS y FROM t WHERE a = ?')
    expect(statement.values(7)).toEqual([7, 8])
    expect(statement.get(7)).toEqual({ x: 7, y: 8 })
    expect(statement.values(7)).toEqual([7, 8])
    expect(statement.values(8)).toBeUndefined()
    db.exec('INSERT INTO t (a) VALUES (9007199254740993)')
    expect(problemOf(() => db.prepare('SELECT a FROM t WHERE a > 7').values())).toBe('corrupt')
  })

  it('prepare a statement once per text', () => {
    const db = open()
    expect(db.prepare('SELECT 1')).toBe(db.prepare('SELECT 1'))
  })
})

describe('the file on disk', () => {
  it.each(['', '-wal', '-shm'])('x.db%s removed is noticed, and stays noticed when something comes back under the name', (suffix) => {
    const db = open()
    insert(db, 1)
    db.assertInPlace()
    renameSync(file + suffix, join(folder, 'kept'))
    expect(problemOf(() => db.assertInPlace())).toBe('moved')
    renameSync(join(folder, 'kept'), file + suffix)
    expect(problemOf(() => db.assertInPlace())).toBe('moved')
  })

  it('replaced by another is noticed', () => {
    const db = open()
    insert(db, 1)
    writeFileSync(join(folder, 'other'), readFileSync(file))
    renameSync(join(folder, 'other'), file)
    expect(problemOf(() => db.assertInPlace())).toBe('moved')
  })

  it('a commit into a file that lost its name is not acknowledged', () => {
    const db = open()
    insert(db, 1)
    for (const suffix of ['', '-wal', '-shm']) unlinkSync(file + suffix)
    expect(problemOf(() => insert(db, 2))).toBe('moved')
  })

  it.skipIf(!existsSync('/proc/locks'))('opening the file a second time in this process drops no lock of the first (POSIX locks go with any close)', () => {
    const first = open()
    insert(first, 1)
    const held = (): boolean => readFileSync('/proc/locks', 'utf8').includes(`:${statSync(file).ino} `)
    expect(held()).toBe(true)
    open().close()
    expect(held()).toBe(true)
  })

  it('closing a replaced database does not take the new one`s -wal', () => {
    const db = open()
    insert(db, 1)
    for (const suffix of ['', '-wal', '-shm']) unlinkSync(file + suffix)
    const fresh = open()
    insert(fresh, 2)
    db.close()
    fresh.assertInPlace()
    expect(open().prepare('SELECT a FROM t').all()).toEqual([{ a: 2 }])
  })

  it('says what a look costs nothing to say: sizes and the last write of the database file, which only a checkpoint changes', () => {
    const db = open({ checkpoint: 'manual' })
    const before = db.assertInPlace()
    for (let a = 0; a < 2000; a += 1) insert(db, a)
    const after = db.assertInPlace()
    expect(after).toMatchObject({ mainBytes: before.mainBytes, mainChangedMs: before.mainChangedMs })
    expect(after.walBytes).toBeGreaterThan(before.walBytes)
    db.checkpoint()
    expect(db.assertInPlace().mainChangedMs).toBeGreaterThan(before.mainChangedMs)
  })
})

describe('beneath the -wal', () => {
  it('shows the database file as the last checkpoint left it', () => {
    const db = open({ checkpoint: 'manual' })
    insert(db, 1)
    db.checkpoint()
    insert(db, 2)
    expect(readBeneathWal(file, 'SELECT count(*) AS n FROM t')).toEqual({ n: 1 })
    expect(count(db)).toBe(2)
  })

  it('abandoning writes nothing into the database file, while closing does', () => {
    const db = open({ checkpoint: 'manual' })
    insert(db, 1)
    const before = readFileSync(file)
    db.abandon()
    expect(readFileSync(file).equals(before)).toBe(true)
    expect(statSync(`${file}-wal`).size).toBeGreaterThan(0)
    const again = open()
    expect(count(again)).toBe(1)
    again.close()
    expect(readFileSync(file).equals(before)).toBe(false)
    expect(existsSync(`${file}-wal`)).toBe(false)
  })

  it('abandoning is safe on what cannot be read, and twice', () => {
    const db = open()
    writeFileSync(file, Buffer.alloc(8192, 0x41))
    db.abandon()
    db.abandon()
    expect(problemOf(() => db.prepare('SELECT 1').get())).toBe('closed')
  })
})

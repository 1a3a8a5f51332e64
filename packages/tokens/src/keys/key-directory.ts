// The directory of signing keys: one `<kid>.json` per key, 0600 in a 0700 folder, written whole or not at all. Reading is
// synchronous: a handful of small files, and a removed key must be gone before the next line runs. Never logs a key.
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { Fault } from '@bailiwick/core'
import type { JsonValue } from '@bailiwick/core'
import { parseStrictJson } from '@bailiwick/json'
import { parseSigningKey } from './signing-key.ts'
import type { SigningKey } from './signing-key.ts'

const KEY_FILE = /^[A-Za-z0-9_-]{43}\.json$/
const MAX_KEY_FILES = 64
const MAX_KEY_BYTES = 16_384
const OTHERS = 0o077

export interface KeyDirectoryReading {
  readonly keys: readonly SigningKey[]
  /** Names of files that should be keys and are not: unreadable, too open, or not what their name says. */
  readonly refused: readonly string[]
  /** Changes whenever a key file does. */
  readonly stamp: string
}

export function openKeyDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const stat = lstatSync(directory)
  if (!stat.isDirectory()) throw new TypeError('"keys.directory" must be a directory')
  if (isTooOpen(stat.mode)) throw new TypeError('"keys.directory" must not be open to group or others: chmod 700')
}

/** Cheap look: name, inode, size and time of each key file. Fault when the directory cannot be read: a removed key might be in it. */
export function stampOf(directory: string): string {
  try {
    return keyFiles(directory)
      .map((name) => {
        const stat = lstatSync(join(directory, name), { bigint: true })
        return `${name}:${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`
      })
      .join('|')
  } catch (cause) {
    throw new Fault('keys', 'key_directory_unreadable', 'the directory of signing keys cannot be read', { cause })
  }
}

export function readKeyDirectory(directory: string): KeyDirectoryReading {
  const stamp = stampOf(directory)
  const keys: SigningKey[] = []
  const refused: string[] = []
  for (const name of keyFiles(directory)) {
    const key = readKeyFile(join(directory, name))
    if (key !== undefined && `${key.kid}.json` === name) keys.push(key)
    else refused.push(name)
  }
  return { keys, refused, stamp }
}

/** Durable when it returns: the file, its name, and the directory are synced. Replaces a file of the same kid. */
export function writeKeyFile(directory: string, key: SigningKey): void {
  const content = {
    kid: key.kid,
    alg: key.algorithm,
    created_at: key.createdAt,
    active_at: key.activeAt,
    ...(key.retiredAt !== undefined && { retired_at: key.retiredAt }),
    jwk: key.privateKey.export({ format: 'jwk' }),
  }
  const temporary = join(directory, `.${key.kid}.${randomBytes(6).toString('hex')}.tmp`)
  const file = openSync(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
  try {
    writeSync(file, `${JSON.stringify(content, undefined, 2)}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(temporary, join(directory, `${key.kid}.json`))
  syncDirectory(directory)
}

export function removeKeyFile(directory: string, kid: string): void {
  unlinkSync(join(directory, `${kid}.json`))
  syncDirectory(directory)
}

function keyFiles(directory: string): string[] {
  const names = readdirSync(directory).filter((name) => KEY_FILE.test(name))
  if (names.length > MAX_KEY_FILES) throw new Error(`more than ${MAX_KEY_FILES} signing keys`)
  return names.toSorted()
}

function readKeyFile(path: string): SigningKey | undefined {
  let file: number | undefined
  try {
    // No link is followed: a link could point where the folder's mode protects nothing.
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
    const stat = fstatSync(file)
    if (!stat.isFile() || isTooOpen(stat.mode) || stat.size > MAX_KEY_BYTES) return undefined
    const parsed = parseStrictJson(readFileSync(file), { maxBytes: MAX_KEY_BYTES, maxDepth: 4 })
    return parsed.ok ? parseSigningKey(parsed.value satisfies JsonValue) : undefined
  } catch {
    return undefined
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

function isTooOpen(mode: number): boolean {
  return process.platform !== 'win32' && (mode & OTHERS) !== 0
}

function syncDirectory(directory: string): void {
  const handle = openSync(directory, constants.O_RDONLY)
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

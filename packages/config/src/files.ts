// Reads the files a configuration names: public key sets and secrets. Answers with what was expected, never with content.
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import { createHash } from 'node:crypto'

export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly expected: string }

const MAX_KEYS_BYTES = 256 * 1024
const MAX_SECRET_BYTES = 4096
const MIN_SECRET_BYTES = 32
const MIN_DISTINCT_CHARACTERS = 8

export function readBounded(file: string, maxBytes: number): Read<string> {
  try {
    const descriptor = openSync(file, 'r')
    try {
      const state = fstatSync(descriptor)
      if (!state.isFile()) return { ok: false, expected: 'a regular file' }
      if (state.size > maxBytes) return { ok: false, expected: `a file of at most ${maxBytes} bytes` }
      return { ok: true, value: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(descriptor)) }
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    return { ok: false, expected: unreadable(error) }
  }
}

export function readKeySetText(file: string): Read<string> {
  return readBounded(file, MAX_KEYS_BYTES)
}

/** The secret in a file nobody else can read. One line end at its end is not part of it. */
export function readSecretFile(file: string): Read<string> {
  const read = readPrivate(file, MAX_SECRET_BYTES)
  return read.ok ? checkSecret(withoutLineEnd(read.value)) : read
}

/** The same, for what others chose: a password of theirs, a key. Not checked: how good it is. */
export function readPassword(file: string, maxBytes: number = MAX_SECRET_BYTES): Read<string> {
  const read = readPrivate(file, maxBytes)
  if (!read.ok) return read
  const password = withoutLineEnd(read.value)
  return password === '' ? { ok: false, expected: 'a file that is not empty' } : { ok: true, value: password }
}

function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '')
}

function readPrivate(file: string, maxBytes: number): Read<string> {
  try {
    // The open descriptor is what is judged and read: the name could point elsewhere a moment later.
    const descriptor = openSync(file, 'r')
    try {
      const state = fstatSync(descriptor)
      if (!state.isFile()) return { ok: false, expected: 'a regular file' }
      if (process.platform !== 'win32') {
        if ((state.mode & 0o077) !== 0) return { ok: false, expected: 'a file that group and others cannot read (chmod 600)' }
        const me = process.getuid?.()
        if (me !== undefined && state.uid !== me && state.uid !== 0) return { ok: false, expected: 'a file owned by the user Bailiwick runs as, or by root' }
      }
      const buffer = Buffer.alloc(maxBytes + 1)
      const length = readSync(descriptor, buffer, 0, buffer.length, 0)
      if (length > maxBytes) return { ok: false, expected: `a secret of at most ${maxBytes} bytes` }
      return { ok: true, value: buffer.toString('utf8', 0, length) }
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    return { ok: false, expected: unreadable(error) }
  }
}

const EXAMPLES = /change[-_ ]?me|example|sample|placeholder|your[-_ ]?secret|replace[-_ ]?(me|this)|insecure|password|secret[-_ ]?here|0123456789|abcdefgh/i

/** Long enough, printable (it travels in a header), and not one of the values that documentation is full of. Does NOT measure entropy. */
export function checkSecret(secret: string): Read<string> {
  if (!/^[\x21-\x7e]*$/.test(secret)) return { ok: false, expected: 'one line of printable ASCII without spaces' }
  if (Buffer.byteLength(secret) < MIN_SECRET_BYTES)
    return { ok: false, expected: `a secret of at least ${MIN_SECRET_BYTES} bytes, such as the output of: openssl rand -base64 32` }
  if (EXAMPLES.test(secret) || new Set(secret).size < MIN_DISTINCT_CHARACTERS) {
    return { ok: false, expected: 'a random secret, not an example (openssl rand -base64 32)' }
  }
  return { ok: true, value: secret }
}

export function sha256(text: string): Uint8Array {
  return createHash('sha256').update(text, 'utf8').digest()
}

function unreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'a file that exists (paths are relative to the configuration file)'
  if (code === 'EACCES' || code === 'EPERM') return 'a file that Bailiwick may read'
  if (code === 'EISDIR') return 'a file, not a folder'
  if (error instanceof TypeError) return 'a UTF-8 text file'
  return 'a file that can be read'
}

// The operators and the hashes of their tokens, in one 0600 file: of the data folder, or of a folder several controls share. Plaintext tokens are handed out
// once, at creation, and never kept here. Re-read when the file changes, so a rotation by the CLI takes effect at once.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Fault } from '@bailiwick/core'
import type { Clock } from '@bailiwick/core'
import { z } from 'zod'

const RIGHTS = ['revoke', 'lift', 'create', 'read'] as const

const fileShape = z.strictObject({
  operators: z.array(
    z.strictObject({
      name: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/),
      rights: z.array(z.enum(RIGHTS)),
      /** SHA-256 of the token, base64url. */
      token_sha256: z.string(),
      added_at_ms: z.number().int(),
      added_by: z.string(),
    }),
  ),
})

type OperatorFile = z.infer<typeof fileShape>
export type OperatorEntry = OperatorFile['operators'][number]

export interface OperatorRegistry {
  /** The operator this token belongs to. Every entry is compared, in constant time each. */
  find(token: string): OperatorEntry | undefined
  list(): readonly Omit<OperatorEntry, 'token_sha256'>[]
  /** Adds the very first operator; undefined where somebody else has, at the same moment too. */
  begin(name: string, rights: readonly OperatorEntry['rights'][number][], addedBy: string): string | undefined
  /** Adds an operator and returns its token: the only time it exists in the clear here. Throws where the file was changed by somebody else meanwhile. */
  add(name: string, rights: readonly OperatorEntry['rights'][number][], addedBy: string): string
  /** Replaces an operator's token. Who it is, since when and added by whom stay. */
  rotate(name: string): string
}

/** 256 random bits behind a prefix that secret scanners can look for. */
export const OPERATOR_TOKEN_PREFIX = 'bwop_'

export function openOperatorRegistry(options: { readonly directory: string; readonly clock: Clock }): OperatorRegistry {
  const file = join(options.directory, 'operators.json')
  let seen = ''
  let current: OperatorFile = { operators: [] }

  const load = (): OperatorFile => {
    const stat = statSync(file, { throwIfNoEntry: false })
    const mark = stat === undefined ? '' : `${stat.ino}:${stat.mtimeMs}:${stat.size}`
    if (mark !== seen) {
      current = stat === undefined ? { operators: [] } : parseFile(readFileSync(file, 'utf8'))
      seen = mark
    }
    return current
  }
  /** Written whole beside it, then put in its place: by a link that only the first gets, or over the file that was read. */
  const save = (next: OperatorFile): void => {
    const known = seen
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    const fresh = `${file}.${randomBytes(6).toString('hex')}.new`
    try {
      writeFileSync(fresh, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600, flush: true, flag: 'wx' })
      if (known === '') linkSync(fresh, file)
      else {
        load()
        if (seen !== known) throw new Error('operators.json was changed by somebody else just now; look, and try again')
        renameSync(fresh, file)
      }
    } finally {
      rmSync(fresh, { force: true })
    }
  }
  const entryOf = (
    name: string,
    rights: readonly OperatorEntry['rights'][number][],
    addedBy: string,
  ): { readonly token: string; readonly entry: OperatorEntry } => {
    const token = newToken()
    return { token, entry: { name, rights: [...rights], token_sha256: hashText(token), added_at_ms: options.clock.nowMs(), added_by: addedBy } }
  }

  return {
    find: (token) => {
      const asked = sha256(token)
      let found: OperatorEntry | undefined
      for (const entry of load().operators) if (sameHash(asked, entry.token_sha256)) found = entry
      return found
    },
    list: () => load().operators.map(({ token_sha256: _hash, ...entry }) => entry),
    begin: (name, rights, addedBy) => {
      if (load().operators.length > 0) return undefined
      const { token, entry } = entryOf(name, rights, addedBy)
      try {
        save({ operators: [entry] })
        return token
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return undefined
        throw error
      }
    },
    add: (name, rights, addedBy) => {
      const { operators } = load()
      if (operators.some((entry) => entry.name === name)) throw new Error(`there is an operator "${name}" already`)
      const { token, entry } = entryOf(name, rights, addedBy)
      save({ operators: [...operators, entry] })
      return token
    },
    rotate: (name) => {
      const { operators } = load()
      if (!operators.some((entry) => entry.name === name)) throw new Error(`there is no operator "${name}"`)
      const token = newToken()
      save({ operators: operators.map((entry) => (entry.name === name ? { ...entry, token_sha256: hashText(token) } : entry)) })
      return token
    },
  }
}

function parseFile(text: string): OperatorFile {
  try {
    return fileShape.parse(JSON.parse(text))
  } catch (cause) {
    // An unreadable registry knows nobody: nobody gets in, and it is said why.
    throw new Fault('keys', 'operators_unreadable', 'operators.json is not what it should be', { cause })
  }
}

function newToken(): string {
  return `${OPERATOR_TOKEN_PREFIX}${randomBytes(32).toString('base64url')}`
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function hashText(text: string): string {
  return sha256(text).toString('base64url')
}

function sameHash(asked: Buffer, stored: string): boolean {
  const bytes = Buffer.from(stored, 'base64url')
  return bytes.length === asked.length && timingSafeEqual(bytes, asked)
}

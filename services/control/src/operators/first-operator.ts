// The embedded default: one operator with every right, made at the first start of the first control. Its token lies 0600 in that one's data folder.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { OperatorRegistry } from './operator-registry.ts'

export const FIRST_OPERATOR = 'operator'

/** The path of the token file, and the token itself only when it was made now. */
export function ensureFirstOperator(registry: OperatorRegistry, directory: string): { readonly path: string; readonly token?: string } {
  const path = join(directory, 'operator.token')
  if (registry.list().length > 0) return { path }
  const token = registry.begin(FIRST_OPERATOR, ['revoke', 'lift', 'create', 'read'], 'first-start')
  // Another control, which shares them, was first.
  if (token === undefined) return { path }
  writeOperatorToken(path, token)
  return { path, token }
}

/** Replaces the file: a mode given to an existing file would be ignored. */
export function writeOperatorToken(path: string, token: string): void {
  rmSync(path, { force: true })
  writeFileSync(path, `${token}\n`, { mode: 0o600, flush: true, flag: 'wx' })
}

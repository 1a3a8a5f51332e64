// The shipped policies with one place in one file changed, for a case that needs a rule the story has not.
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const POLICIES = fileURLToPath(new URL('../../../policies', import.meta.url))

export interface PolicyChange {
  readonly file: string
  readonly find: string
  readonly replace: string
}

/** The folder of the changed copy, below the one given. Throws where the file no longer has what is to be changed. */
export function changedPolicies(folder: string, { file: name, find, replace }: PolicyChange): string {
  const to = join(folder, 'policies')
  cpSync(POLICIES, to, { recursive: true })
  const file = join(to, name)
  const before = readFileSync(file, 'utf8')
  if (!before.includes(find)) throw new Error(`${name}: this was expected in it: ${find}`)
  writeFileSync(file, before.replace(find, replace))
  return to
}

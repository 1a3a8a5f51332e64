// What every section compiler works with: where to report, how to find the others by name, how to read what a setting names.
import { dirname, resolve } from 'node:path'
import type { ConfigProblem, Path } from '../problem.ts'
import type { Read } from '../files.ts'
import { nearest } from '../problem.ts'

export interface Named {
  readonly resources: ReadonlySet<string>
  readonly clients: ReadonlySet<string>
  readonly aliases: ReadonlySet<string>
}

export interface Bench {
  /** Where the file lies. */
  readonly file: string
  /** `development: true` and a loopback issuer: the two together, or nothing unsafe is allowed. */
  readonly unsafeAllowed: boolean
  /** Every name written in the file, also of entries that are themselves wrong: one mistake gives one problem. */
  readonly named: Named
  add(path: Path, expected: string, more?: { readonly suggestion?: string | undefined; readonly at?: 'key' | 'value' }): void
  /** A secret given by the environment in place of a file: `BAILIWICK_<SECTION>_<NAME>_<MEMBER>` or the same with `_FILE`. */
  secretFromEnvironment(section: string, name: string, member: string): Read<string> | undefined
  /** The variable of a setting that no file may hold. */
  fromEnvironment(setting: Path): string | undefined
}

export function resolvePath(bench: Bench, path: string): string {
  return resolve(dirname(bench.file), path)
}

/** An entry of a list that was well formed, with its place in the file. */
export interface Entry<T> {
  readonly path: Path
  readonly raw: T
}

export function checkReference(bench: Bench, path: Path, kind: keyof Named, name: string): boolean {
  if (bench.named[kind].has(name)) return true
  const what = { resources: 'a configured resource', clients: 'a configured client', aliases: 'the alias of a configured issuer' }[kind]
  bench.add(path, `the name of ${what}`, { suggestion: nearest(name, bench.named[kind]) })
  return false
}

/** Reports the second and later entries that share a key. */
export function checkUnique<T>(
  bench: Bench,
  entries: readonly Entry<T>[],
  keyOf: (raw: T) => string | undefined,
  at: (entry: Entry<T>) => Path,
  what: string,
): void {
  const seen = new Set<string>()
  for (const entry of entries) {
    const key = keyOf(entry.raw)
    if (key === undefined) continue
    if (seen.has(key)) bench.add(at(entry), what)
    seen.add(key)
  }
}

/** Reports values given twice in one list. */
export function checkNoRepeats(bench: Bench, path: Path, values: readonly string[]): void {
  values.forEach((value, index) => {
    if (values.indexOf(value) !== index) bench.add([...path, index], 'each entry once')
  })
}

export type { ConfigProblem }

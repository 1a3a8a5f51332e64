// YAML text into plain data, keeping where each part stood. Accepts the JSON-like core of YAML only: no aliases (nothing expands),
// no tags, no merge keys, string keys, no duplicates, bounded size and depth. No I/O.
import { LineCounter, isAlias, isMap, isNode, isScalar, isSeq, parseDocument } from 'yaml'
import { formatPath } from './problem.ts'
import type { ConfigProblem, Path } from './problem.ts'

export const MAX_FILE_BYTES = 1024 * 1024
const MAX_DEPTH = 24

export interface YamlPlace {
  readonly line: number
  readonly column: number
}

export interface YamlText {
  readonly value: unknown
  /** Where a setting stands; for one that is absent, where its nearest existing parent does. `key` asks for its name instead of its value. */
  place(path: Path, at: 'key' | 'value'): YamlPlace
}

export function readYaml(
  text: string,
  file: string,
): { readonly ok: true; readonly yaml: YamlText } | { readonly ok: false; readonly problems: readonly ConfigProblem[] } {
  if (Buffer.byteLength(text) > MAX_FILE_BYTES) {
    return { ok: false, problems: [{ source: file, path: '(document)', expected: 'a file of at most 1 MiB' }] }
  }
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    strict: true,
    schema: 'core',
    version: '1.2',
    merge: false,
  })
  const problems: ConfigProblem[] = []
  const add = (offset: number, path: string, expected: string): void => {
    const { line, col } = lines.linePos(offset)
    problems.push({ source: file, path, line, column: col, expected })
  }
  for (const error of document.errors) add(error.pos[0], '(document)', SYNTAX[error.code] ?? `valid YAML (${error.code.toLowerCase().replaceAll('_', ' ')})`)
  // A %YAML 1.1 directive would quietly turn `no` into false and 010 into 8.
  if (document.directives?.yaml.explicit === true) add(0, '(document)', 'no %YAML directive: the file is read as YAML 1.2')

  const offsets = new Map<string, { readonly key: number; readonly value: number }>()
  const toPlain = (node: unknown, path: Path): unknown => {
    if (node === null || node === undefined) return null
    const at = startOf(node)
    const name = formatPath(path)
    if (path.length > MAX_DEPTH) return add(at, name, `nesting of at most ${MAX_DEPTH} levels`)
    if (isAlias(node)) return add(at, name, 'the value itself: YAML aliases are not accepted')
    if (isMap(node) || isSeq(node) || isScalar(node)) {
      if (node.tag !== undefined) return add(at, name, 'a plain value: YAML tags are not accepted')
      if (node.anchor !== undefined) return add(at, name, 'a plain value: YAML anchors are not accepted')
    }
    if (isMap(node)) {
      const entries: [string, unknown][] = []
      for (const pair of node.items) {
        const key = pair.key
        if (!isScalar(key) || typeof key.value !== 'string') {
          add(startOf(key), name, 'keys that are plain text (quote numbers)')
          continue
        }
        if (key.value === '__proto__' || key.value === '<<') {
          add(startOf(key), name, 'other keys than __proto__ and <<')
          continue
        }
        const below = [...path, key.value]
        offsets.set(JSON.stringify(below), { key: startOf(key), value: pair.value === null ? startOf(key) : startOf(pair.value) })
        entries.push([key.value, toPlain(pair.value, below)])
      }
      return Object.fromEntries(entries)
    }
    if (isSeq(node)) {
      return node.items.map((item, index) => {
        const below = [...path, index]
        const start = startOf(item)
        offsets.set(JSON.stringify(below), { key: start, value: start })
        return toPlain(item, below)
      })
    }
    if (isScalar(node)) {
      if (typeof node.value === 'number' && !Number.isFinite(node.value)) return add(at, name, 'a finite number')
      return node.value
    }
    return add(at, name, 'a map, a list or a plain value')
  }
  const value = document.errors.length > 0 ? null : toPlain(document.contents, [])
  if (problems.length === 0 && (typeof value !== 'object' || value === null || Array.isArray(value))) add(0, '(document)', 'a map of settings')
  if (problems.length > 0) return { ok: false, problems }
  const place = (path: Path, at: 'key' | 'value'): YamlPlace => {
    for (let length = path.length; length > 0; length--) {
      const found = offsets.get(JSON.stringify(path.slice(0, length)))
      if (found === undefined) continue
      const { line, col } = lines.linePos(length === path.length && at === 'value' ? found.value : found.key)
      return { line, column: col }
    }
    return { line: 1, column: 1 }
  }
  return { ok: true, yaml: { value, place } }
}

const SYNTAX: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'each setting once: this key was already given',
  MULTIPLE_DOCS: 'one YAML document',
  TAB_AS_INDENT: 'spaces, not tabs, as indentation',
  BAD_INDENT: 'consistent indentation',
}

function startOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0
}

// Every map of a YAML file, with its path and line: what the checks of YAML configurations look through. Values stay unknown. No I/O.
import { LineCounter, isNode, parseAllDocuments } from 'yaml'

export interface YamlMap {
  /** `static_resources.listeners[0].name`. */
  readonly path: string
  readonly line: number
  /** The key it stands under, the nearest one. */
  readonly key: string
  get(key: string): unknown
  /** Empty for what is no text. */
  text(key: string): string
  has(key: string): boolean
  /** A map below it, by keys. */
  at(...keys: readonly string[]): YamlMap | undefined
  readonly keys: readonly string[]
}

export type YamlMaps = { readonly ok: true; readonly maps: readonly YamlMap[] } | { readonly ok: false; readonly problem: string }

export function yamlMaps(text: string): YamlMaps {
  const lines = new LineCounter()
  const maps: YamlMap[] = []
  const documents = parseAllDocuments(text, { merge: true, lineCounter: lines })
  for (const document of Array.isArray(documents) ? documents : []) {
    const [problem] = document.errors
    if (problem !== undefined) return { ok: false, problem: problem.message.split('\n', 1)[0] ?? 'not YAML' }
    const lineOf = (path: readonly (string | number)[]): number => {
      const node = path.length === 0 ? document.contents : document.getIn(path, true)
      return isNode(node) && node.range ? lines.linePos(node.range[0]).line : 1
    }
    walk(document.toJS({ maxAliasCount: 1000 }), [], lineOf, maps)
  }
  return { ok: true, maps }
}

function walk(value: unknown, path: readonly (string | number)[], lineOf: (path: readonly (string | number)[]) => number, into: YamlMap[]): void {
  if (Array.isArray(value)) value.forEach((item, at) => walk(item, [...path, at], lineOf, into))
  if (!isMap(value)) return
  into.push(mapAt(value, path, lineOf))
  for (const [key, item] of Object.entries(value)) walk(item, [...path, key], lineOf, into)
}

function mapAt(value: Readonly<Record<string, unknown>>, path: readonly (string | number)[], lineOf: (path: readonly (string | number)[]) => number): YamlMap {
  const get = (key: string): unknown => (Object.hasOwn(value, key) ? value[key] : undefined)
  return {
    path: path.map((step, at) => (typeof step === 'number' ? `[${step}]` : at === 0 ? step : `.${step}`)).join(''),
    line: lineOf(path),
    key: path.findLast((step) => typeof step === 'string') ?? '',
    get,
    text: (key) => {
      const found = get(key)
      return typeof found === 'string' ? found : ''
    },
    has: (key) => Object.hasOwn(value, key),
    at: (...keys) => {
      let found: unknown = value
      for (const key of keys) found = isMap(found) && Object.hasOwn(found, key) ? found[key] : undefined
      return isMap(found) ? mapAt(found, [...path, ...keys], lineOf) : undefined
    },
    keys: Object.keys(value),
  }
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The texts of a list; empty for anything else. */
export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

/** `500ms`, `0.5s`, `2s`, `1m`, as milliseconds; undefined for anything else. */
export function durationMs(value: unknown): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(typeof value === 'string' ? value.trim() : '') ?? []
  const factor = unit === undefined ? undefined : { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit]
  return factor === undefined ? undefined : Number(number) * factor
}

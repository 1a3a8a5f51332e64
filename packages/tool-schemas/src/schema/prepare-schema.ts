// One input schema, from what a server listed to what may be compiled. Walks the schema positions only, never data (`enum`, `default`),
// and gives a copy without annotations and with what bounds its cost: every schema object counts a step when it is visited. No I/O.
//
// Refused, each with its place: an unknown keyword, a reference that leaves the schema, a pattern no linear engine can run, `$id` below the
// root and `$dynamicRef` (the base of a reference would depend on the way to it), too large, too deep, another dialect.
import type { JsonObject, JsonValue } from '@bailiwick/core'
import { foldKey, isJsonArray, isJsonObject } from '@bailiwick/json'
import { isFormat } from './formats.ts'
import { LIST_OF_SCHEMAS, MAP_OF_SCHEMAS, ONE_SCHEMA, VALUES, isAnnotation } from './keywords.ts'
import { compilePattern } from './pattern.ts'

export type Dialect = '2020-12' | 'draft-07'

export interface SchemaProblem {
  /** JSON pointer into the schema. */
  readonly pointer: string
  readonly expected: string
}

export interface PreparedSchema {
  readonly dialect: Dialect
  readonly schema: JsonObject
}

export type Prepared = ({ readonly ok: true } & PreparedSchema) | { readonly ok: false; readonly problems: readonly SchemaProblem[] }

/** The keywords put into the copy; no schema that was accepted can hold them. */
export const STEP = 'bailiwick:step'
export const NAMES = 'bailiwick:names'

const MAX_SCHEMA_BYTES = 128 * 1024
const MAX_DEPTH = 48
const MAX_PROBLEMS = 20
/** MCP: 2020-12 where a schema does not say. */
const DIALECTS: ReadonlyMap<string, Dialect> = new Map([
  ['https://json-schema.org/draft/2020-12/schema', '2020-12'],
  ['http://json-schema.org/draft-07/schema', 'draft-07'],
])

interface Walk {
  readonly problems: SchemaProblem[]
  /** Pointers of keywords a reviewer decided to leave to the server. */
  readonly unchecked: ReadonlySet<string>
}

/** `unchecked`: JSON pointers of keywords that are left out. Does not check the schema against its meta-schema: compiling does. */
export function prepareSchema(schema: JsonValue | undefined, unchecked: readonly string[] = []): Prepared {
  const refuse = (expected: string, pointer = ''): Prepared => ({ ok: false, problems: [{ pointer, expected }] })
  if (!isJsonObject(schema) || schema['type'] !== 'object') return refuse('a schema of type object')
  if (Buffer.byteLength(JSON.stringify(schema)) > MAX_SCHEMA_BYTES) return refuse(`a schema of at most ${MAX_SCHEMA_BYTES} bytes`)
  const declared = schema['$schema'] ?? 'https://json-schema.org/draft/2020-12/schema'
  const dialect = typeof declared === 'string' ? DIALECTS.get(declared.replace(/#$/, '')) : undefined
  if (dialect === undefined) return refuse('JSON Schema 2020-12 or draft-07', '/$schema')
  const walk: Walk = { problems: [], unchecked: new Set(unchecked) }
  const { $schema: _dialect, $id: _id, ...rest } = schema
  const copy = object(walk, rest, '', 1)
  return walk.problems.length > 0 ? { ok: false, problems: walk.problems.slice(0, MAX_PROBLEMS) } : { ok: true, dialect, schema: copy }
}

function anySchema(walk: Walk, value: JsonValue, pointer: string, depth: number): JsonValue {
  if (typeof value === 'boolean') return value
  if (isJsonObject(value) && depth <= MAX_DEPTH) return object(walk, value, pointer, depth)
  walk.problems.push({ pointer, expected: isJsonObject(value) ? `at most ${MAX_DEPTH} schemas one within another` : 'a schema' })
  return false
}

function object(walk: Walk, schema: JsonObject, pointer: string, depth: number): JsonObject {
  const copy: { [key: string]: JsonValue } = { [STEP]: stepsOf(schema) }
  for (const [keyword, value] of Object.entries(schema)) {
    const at = `${pointer}/${escapeStep(keyword)}`
    if (isAnnotation(keyword) || walk.unchecked.has(at)) continue
    if (LIST_OF_SCHEMAS.has(keyword) && isJsonArray(value)) copy[keyword] = value.map((item, index) => anySchema(walk, item, `${at}/${index}`, depth + 1))
    else if (ONE_SCHEMA.has(keyword)) copy[keyword] = anySchema(walk, value, at, depth + 1)
    else if (MAP_OF_SCHEMAS.has(keyword)) copy[keyword] = map(walk, keyword, value, at, depth)
    else if (VALUES.has(keyword) || keyword === '$ref' || keyword === '$anchor') keep(walk, copy, keyword, value, at)
    else walk.problems.push({ pointer: at, expected: 'a keyword of JSON Schema 2020-12 or draft-07 without $dynamicRef, and $id only at the root' })
  }
  const { properties } = schema
  if (isJsonObject(properties)) copy[NAMES] = foldable(properties)
  return copy
}

/** Of one visit. Lists are gone through entry by entry: an `enum` of thousands under `items` costs thousands each time. */
function stepsOf({ enum: values = null, const: value = null, required = null, dependentRequired = null, properties }: JsonObject): number {
  const names = isJsonObject(properties) ? Object.keys(properties).length : 0
  return 1 + Math.floor(names / 8 + JSON.stringify([values, value, required, dependentRequired]).length / 64)
}

function map(walk: Walk, keyword: string, value: JsonValue, at: string, depth: number): JsonValue {
  if (!isJsonObject(value)) {
    walk.problems.push({ pointer: at, expected: 'an object' })
    return {}
  }
  const copy: { [key: string]: JsonValue } = {}
  for (const [name, member] of Object.entries(value)) {
    const place = `${at}/${escapeStep(name)}`
    if (name === '__proto__') walk.problems.push({ pointer: place, expected: 'another name' })
    if (keyword === 'patternProperties' && compilePattern(name) === undefined) walk.problems.push({ pointer: place, expected: LINEAR })
    copy[name] = keyword === 'dependencies' && isJsonArray(member) ? member : anySchema(walk, member, place, depth + 1)
  }
  return copy
}

const LINEAR = 'a pattern that runs in linear time: no look-around, no back-reference, no count over 1000'

function keep(walk: Walk, copy: { [key: string]: JsonValue }, keyword: string, value: JsonValue, at: string): void {
  // A format nobody here can check is an annotation, as the specification has it.
  if (keyword === 'format' && typeof value === 'string' && !isFormat(value)) return
  const fine =
    (keyword !== 'pattern' || (typeof value === 'string' && compilePattern(value) !== undefined)) &&
    (keyword !== '$ref' || (typeof value === 'string' && value.startsWith('#')))
  if (fine) copy[keyword] = value
  else walk.problems.push({ pointer: at, expected: keyword === 'pattern' ? LINEAR : 'a reference within the schema, starting with #' })
}

/** Declared names of one object, but for those that fold onto each other: both are meant. */
function foldable(properties: JsonObject): readonly string[] {
  const names = Object.keys(properties)
  const count = new Map<string, number>()
  for (const name of names) count.set(foldKey(name), (count.get(foldKey(name)) ?? 0) + 1)
  return names.filter((name) => count.get(foldKey(name)) === 1)
}

export function escapeStep(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}

// A prepared schema as a function over arguments, made once at start: nothing is compiled while a call waits. What the function may cost is
// bounded by steps, not by trust in the author: recursion without end, a schema that doubles at each level and a pattern over a huge text all
// end in "too costly", which is a no. Never sees or tells a value: only where one does not fit.
import type { ErrorObject, Options, ValidateFunction } from 'ajv'
import { Ajv, _ } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { foldKey, canonicalize } from '@bailiwick/json'
import type { JsonObject, JsonValue } from '@bailiwick/core'
import { FORMATS } from './formats.ts'
import { compilePattern } from './pattern.ts'
import { escapeStep, NAMES, STEP } from './prepare-schema.ts'
import type { PreparedSchema } from './prepare-schema.ts'

/** JSON pointers into the arguments, `''` for the whole; undefined where they fit. Never empty. */
export type CheckArguments = (given: JsonObject) => Misfit | undefined

export interface Misfit {
  readonly pointers: readonly string[]
  /** Not decided: the arguments cost more to check than any honest call does. */
  readonly tooCostly?: true
}

/** Visits of a schema object by its size, and characters under a pattern in eights: about 20 ms at most. */
const MAX_STEPS = 400_000
const CHARACTERS_PER_STEP = 8
const STEPS_PER_UNIQUE_ITEM = 4
const MAX_POINTERS = 20

interface Budget {
  left: number
}

/** How Ajv takes the places of a keyword that finds them itself. */
interface FoldCheck {
  (data: JsonObject, context?: { readonly instancePath: string }): boolean
  errors?: Partial<ErrorObject>[]
}

class TooCostly extends Error {}

/** Throws `Error` for a schema that is none: a keyword with a value of the wrong type, a reference to nothing. Its message may quote the schema. */
export function compileSchema({ dialect, schema }: PreparedSchema): CheckArguments {
  // Without end while the schema itself is checked against its meta-schema, with the same keywords.
  const budget: Budget = { left: Number.POSITIVE_INFINITY }
  const options: Options = {
    strict: true,
    strictTypes: false,
    strictTuples: false,
    strictRequired: false,
    allowUnionTypes: true,
    allowMatchingProperties: true,
    ownProperties: true,
    formats: { ...FORMATS },
    logger: false,
    code: { regExp: Object.assign((pattern: string) => linear(pattern, budget), { code: 'linear' }) },
  }
  const ajv = dialect === 'draft-07' ? new Ajv(options) : new Ajv2020(options)
  addSteps(ajv, budget)
  addNames(ajv)
  addUniqueItems(ajv, budget)
  const validate = ajv.compile<JsonObject>(schema)
  return (given) => run(validate, given, budget)
}

function run(validate: ValidateFunction<JsonObject>, given: JsonObject, budget: Budget): Misfit | undefined {
  budget.left = MAX_STEPS
  try {
    if (validate(given)) return undefined
    return { pointers: pointersOf(validate.errors ?? []) }
  } catch (thrown) {
    // A stack that ends is another way of saying the same.
    if (thrown instanceof TooCostly || thrown instanceof RangeError) return { pointers: [''], tooCostly: true }
    throw thrown
  }
}

function pointersOf(errors: readonly ErrorObject[]): readonly string[] {
  const pointers = new Set<string>()
  for (const error of errors) {
    if (pointers.size >= MAX_POINTERS) break
    pointers.add(pointerOf(error))
  }
  return pointers.size === 0 ? [''] : [...pointers].toSorted()
}

/** The place itself where something is missing or one too many, not the object around it. */
function pointerOf({ instancePath, params, propertyName }: ErrorObject): string {
  const named: unknown = params['missingProperty'] ?? params['additionalProperty'] ?? params['unevaluatedProperty'] ?? propertyName
  return typeof named === 'string' ? `${instancePath}/${escapeStep(named)}` : instancePath
}

function addSteps(ajv: Ajv, budget: Budget): void {
  const tooCostly = (): never => {
    throw new TooCostly()
  }
  ajv.addKeyword({
    keyword: STEP,
    schemaType: 'number',
    before: '$ref',
    // Generated, not called: it runs more often than anything else.
    code: ({ gen, schema: steps }) => {
      const left = gen.scopeValue('obj', { ref: budget, key: budget })
      const end = gen.scopeValue('func', { ref: tooCostly, key: tooCostly })
      gen.code(_`if ((${left}.left -= ${Number(steps)}) < 0) ${end}()`)
    },
  })
}

/** A key that another parser takes for a declared one (Go ignores case, GHSA-4gph-2hhr-5mwg): two readers, two amounts. */
function addNames(ajv: Ajv): void {
  ajv.addKeyword({
    keyword: NAMES,
    type: 'object',
    schemaType: 'array',
    errors: 'full',
    compile: (names: readonly string[]) => {
      const exact = new Set(names)
      const folded = new Set(names.map(foldKey))
      const check: FoldCheck = (data, context) => {
        const key = Object.keys(data).find((name) => !exact.has(name) && folded.has(foldKey(name)))
        check.errors = key === undefined ? [] : [{ instancePath: `${context?.instancePath ?? ''}/${escapeStep(key)}`, params: {} }]
        return key === undefined
      }
      return check
    },
  })
}

/** Ajv compares each with each. */
function addUniqueItems(ajv: Ajv, budget: Budget): void {
  ajv.removeKeyword('uniqueItems')
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    validate: (wanted: boolean, items: readonly JsonValue[]) => {
      if (!wanted) return true
      spend(budget, items.length * STEPS_PER_UNIQUE_ITEM)
      return new Set(items.map(comparable)).size === items.length
    },
  })
}

/** Scalars as they are; a container as a text no string can be. */
function comparable(item: JsonValue): unknown {
  return typeof item === 'object' && item !== null ? `\ud800${canonicalize(item)}` : item
}

function spend(budget: Budget, steps: number): void {
  budget.left -= steps
  if (budget.left < 0) throw new TooCostly()
}

function linear(pattern: string, budget: Budget): { test: (text: string) => boolean; toString: () => string } {
  const compiled = compilePattern(pattern)
  if (compiled === undefined) throw new Error('a pattern that does not run in linear time')
  return {
    // Ajv keeps what has one text once.
    toString: () => `/${pattern}/`,
    test: (text) => {
      spend(budget, text.length / CHARACTERS_PER_STEP)
      return compiled.test(text)
    },
  }
}

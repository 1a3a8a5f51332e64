// What each keyword of JSON Schema 2020-12 and draft-07 holds, so that a schema can be walked without taking data for schemas. A keyword that
// is in no list is refused: `maximun` constrains nothing, and whoever wrote it thinks it does.

/** One schema. `items` is here too; in draft-07 it may be a list. */
export const ONE_SCHEMA: ReadonlySet<string> = new Set([
  'not',
  'if',
  'then',
  'else',
  'contains',
  'items',
  'additionalItems',
  'additionalProperties',
  'propertyNames',
  'unevaluatedItems',
  'unevaluatedProperties',
])

export const LIST_OF_SCHEMAS: ReadonlySet<string> = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems', 'items'])

/** Names of the author's own choosing, each with a schema. A member of `dependencies` may be a list of names instead. */
export const MAP_OF_SCHEMAS: ReadonlySet<string> = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas', 'dependencies'])

export const VALUES: ReadonlySet<string> = new Set([
  'type',
  'enum',
  'const',
  'multipleOf',
  'maximum',
  'exclusiveMaximum',
  'minimum',
  'exclusiveMinimum',
  'maxLength',
  'minLength',
  'pattern',
  'maxItems',
  'minItems',
  'uniqueItems',
  'maxContains',
  'minContains',
  'maxProperties',
  'minProperties',
  'required',
  'dependentRequired',
  'format',
])

/** Tell people something and constrain nothing. `nullable` and `example` are OpenAPI's; JSON Schema gives them no meaning. */
const ANNOTATIONS: ReadonlySet<string> = new Set([
  'title',
  'description',
  '$comment',
  'default',
  'example',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
  'contentEncoding',
  'contentMediaType',
  'contentSchema',
  'nullable',
])

/** `x-...` too: by convention nobody's constraint (`x-mcp-header` and `x-authzen-mapping` among them). */
export function isAnnotation(keyword: string): boolean {
  return ANNOTATIONS.has(keyword) || keyword.startsWith('x-')
}

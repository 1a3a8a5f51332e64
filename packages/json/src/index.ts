// JSON where a second reading must never differ from the first: the strict reader and the canonical form. No I/O.
export { canonicalize, sha256Canonical } from './canonicalize.ts'
export { findFoldedKey, foldKey, hasFoldedSiblings, reserveKeys, reserveSpellings } from './fold-key.ts'
export type { ReservedKeys } from './fold-key.ts'
export { isJsonArray, isJsonObject, newJsonObject } from './json-object.ts'
export { parseStrictJson } from './parse-strict-json.ts'
export type { JsonProblem, JsonProblemClass, StrictJsonOptions, StrictJsonResult } from './problem.ts'

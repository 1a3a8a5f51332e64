// What the strict reader is asked and what it answers. A problem never carries content: only its class and where it is.
import type { JsonValue } from '@bailiwick/core'
import type { ReservedKeys } from './fold-key.ts'

export type JsonProblemClass =
  /** Not UTF-8, a byte order mark, or a lone surrogate written as an escape. */
  | 'encoding'
  | 'syntax'
  /** The same key twice in one object, compared after unescaping. */
  | 'duplicate_key'
  /** A key that some parser takes for a reserved one. */
  | 'folded_key'
  /** A key written with an escape it does not need, or with any where `plainKeys` was asked for: see read-value.ts. */
  | 'escaped_key'
  | 'depth'
  | 'size'
  /** Too many members of one object, too many values in all, or too many keys written with an escape (100 000). */
  | 'members'
  /** A number some parser would read as another value: see read-number.ts. */
  | 'number'
  | 'prototype_key'
  | 'trailing'

export interface JsonProblem {
  readonly class: JsonProblemClass
  /** Bytes from the start of the input. */
  readonly offset: number
}

export interface StrictJsonOptions {
  /** Default: no limit here; the caller had one when it buffered. */
  readonly maxBytes?: number
  /** Containers open at once; default 64, at most 256. `[]` has depth 1. */
  readonly maxDepth?: number
  /** Members of one object; default 1000. Array elements are bounded by the size alone. */
  readonly maxMembers?: number
  /** Values in the whole body, containers included; default 500 000. Keeps `[{},{},...` from taking twenty times its size in memory. */
  readonly maxValues?: number
  /** Keys of the top-level object that no other key there may fold onto. For deeper levels see `findFoldedKey`. */
  readonly reservedKeys?: ReservedKeys | readonly string[]
  /** No key of any object may be written with an escape. Without it those are refused that no serializer writes. */
  readonly plainKeys?: boolean
  /** Members of the top-level object whose exact source text is wanted: a JSON-RPC id is echoed as it was written. */
  readonly keepLexemes?: readonly string[]
}

export type StrictJsonResult =
  | {
      readonly ok: true
      readonly value: JsonValue
      /** Source text of the members named in `keepLexemes`, where present. */
      readonly lexemes: ReadonlyMap<string, string>
    }
  | { readonly ok: false; readonly problem: JsonProblem }

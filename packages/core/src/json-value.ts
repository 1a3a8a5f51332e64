// JSON as data: what the strict reader returns and what policies, bindings and audit records are made of.

export type JsonScalar = string | number | boolean | null
export type JsonValue = JsonScalar | readonly JsonValue[] | JsonObject

/** Objects made by the strict reader have a null prototype, so `__proto__` and `constructor` are plain absent keys. */
export interface JsonObject {
  readonly [key: string]: JsonValue
}

// Reading members of JSON that somebody else wrote. Own members only: a `__proto__` in an answer is a name like any other. Pure.

export type JsonRecord = Readonly<Record<string, unknown>>

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function textIn(record: JsonRecord, name: string): string | undefined {
  const value = Object.hasOwn(record, name) ? record[name] : undefined
  return typeof value === 'string' ? value : undefined
}

export function recordIn(record: JsonRecord, name: string): JsonRecord | undefined {
  const value = Object.hasOwn(record, name) ? record[name] : undefined
  return isRecord(value) ? value : undefined
}

/** Undefined unless every entry is a string. */
export function textsIn(record: JsonRecord, name: string): readonly string[] | undefined {
  const value = Object.hasOwn(record, name) ? record[name] : undefined
  return Array.isArray(value) && value.every((entry): entry is string => typeof entry === 'string') ? value : undefined
}

// google.protobuf.Struct as our own JSON and back, both with a depth cap. protobuf-es already holds a Struct as plain JSON; what is
// left to do is to refuse what is too deep or what JSON cannot say. No I/O.
import { fromJson, toJson } from '@bufbuild/protobuf'
import type { JsonObject as StructJson, JsonValue as StructValue } from '@bufbuild/protobuf'
import { ValueSchema } from '@bufbuild/protobuf/wkt'
import type { Value } from '@bufbuild/protobuf/wkt'
import type { JsonObject, JsonValue } from '@bailiwick/core'

export const MAX_STRUCT_DEPTH = 32

/** Undefined when it is nested deeper than {@link MAX_STRUCT_DEPTH} or holds a number that is not finite. */
export function fromStruct(struct: StructJson): JsonObject | undefined {
  const copied = copyIn(struct, 1)
  return isObject(copied) ? copied : undefined
}

/** Of a map of `google.protobuf.Value`. Undefined where {@link fromStruct} has nothing either. */
export function fromValues(values: Readonly<Record<string, Value>>): JsonObject | undefined {
  try {
    return fromStruct(Object.fromEntries(Object.entries(values).map(([key, value]) => [key, toJson(ValueSchema, value)])))
  } catch {
    return undefined
  }
}

/** As {@link toStruct}, as a Value. */
export function toValue(value: JsonValue): Value {
  return fromJson(ValueSchema, copyOut(value, 1))
}

/** Throws TypeError for what a Struct cannot hold: our own values never are that deep or not finite. */
export function toStruct(value: JsonObject): StructJson {
  return copyOutObject(value, 1)
}

function copyIn(value: StructValue, depth: number): JsonValue | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (value === null || typeof value !== 'object') return value
  if (depth > MAX_STRUCT_DEPTH) return undefined
  if (Array.isArray(value)) {
    const list: JsonValue[] = []
    for (const item of value) {
      const copied = copyIn(item, depth + 1)
      if (copied === undefined) return undefined
      list.push(copied)
    }
    return list
  }
  const members: [string, JsonValue][] = []
  for (const [key, item] of Object.entries(value)) {
    const copied = copyIn(item, depth + 1)
    if (copied === undefined) return undefined
    members.push([key, copied])
  }
  // Defines members: one named __proto__ is data and sets nothing.
  return Object.fromEntries(members)
}

function copyOut(value: JsonValue, depth: number): StructValue {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError('a Struct cannot hold a number that is not finite')
  if (value === null || typeof value !== 'object') return value
  if (isList(value)) {
    assertDepth(depth)
    return value.map((item) => copyOut(item, depth + 1))
  }
  return copyOutObject(value, depth)
}

function copyOutObject(value: JsonObject, depth: number): StructJson {
  assertDepth(depth)
  const made: StructJson = {}
  for (const [key, item] of Object.entries(value)) {
    // Assignment would set the prototype and lose the member.
    if (key === '__proto__') throw new TypeError('a Struct made here has no member "__proto__"')
    made[key] = copyOut(item, depth + 1)
  }
  return made
}

function assertDepth(depth: number): void {
  if (depth > MAX_STRUCT_DEPTH) throw new TypeError(`a Struct is nested at most ${MAX_STRUCT_DEPTH} levels deep`)
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !isList(value)
}

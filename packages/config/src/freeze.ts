// Makes compiled configuration immutable at run time too, maps included. Bytes (secret hashes) cannot be frozen by the language; they stay as they are.

export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) return value
  if (value instanceof Map) {
    for (const [key, member] of value) {
      deepFreeze(key)
      deepFreeze(member)
    }
    const refuse = (): never => {
      throw new TypeError('configuration is immutable')
    }
    Object.defineProperties(value, { set: { value: refuse }, delete: { value: refuse }, clear: { value: refuse } })
  } else {
    for (const member of Object.values(value)) deepFreeze(member)
  }
  return Object.freeze(value)
}

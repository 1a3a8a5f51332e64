// Records that are looked up with names from outside get no prototype: a tool called `constructor` must find nothing.

export function nullRecord<V>(record: Readonly<Record<string, V>>): Readonly<Record<string, V>> {
  const bare: Record<string, V> = { ...record }
  Object.setPrototypeOf(bare, null)
  return bare
}

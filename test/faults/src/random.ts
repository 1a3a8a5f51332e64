// Numbers that look random and come again with the same seed: a schedule that found something can be played again. Not for secrets.

export interface Random {
  /** From 0 up to, and without, 1. */
  next(): number
  below(count: number): number
  pick<T>(list: readonly T[]): T | undefined
  /** Earlier entries far more often: 1/(rank + 1). */
  zipf(count: number): number
  weighted<T extends { readonly weight: number }>(list: readonly T[]): T | undefined
}

/** mulberry32. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (count: number): number => Math.min(count - 1, Math.floor(next() * count))
  return {
    next,
    below,
    pick: (list) => list[below(list.length)],
    // The inverse of the continuous form is close enough to the harmonic one, and needs no table.
    zipf: (count) => Math.min(count - 1, Math.floor((count + 1) ** next()) - 1),
    weighted(list) {
      const total = list.reduce((sum, { weight }) => sum + weight, 0)
      let left = next() * total
      return list.find(({ weight }) => (left -= weight) < 0) ?? list.at(-1)
    },
  }
}

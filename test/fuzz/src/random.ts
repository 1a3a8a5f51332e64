// A seeded source of choices (sfc32): the same seed gives the same run on every machine. Not for anything secret.

export interface Random {
  /** An integer from 0 up to, and without, `below`; 0 where there is nothing below it. */
  below(below: number): number
  /** True once in `times`. */
  oneIn(times: number): boolean
  pick<T>(from: readonly [T, ...T[]] | readonly T[]): T
}

export function createRandom(seed: number): Random {
  let a = 0x9e3779b9
  let b = 0x243f6a88
  let c = seed | 0
  let counter = 1
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }
  for (let i = 0; i < 12; i++) next()
  const below = (limit: number): number => next() % Math.max(1, limit)
  return {
    below,
    oneIn: (times) => below(times) === 0,
    pick: (from) => {
      const picked = from[below(from.length)]
      if (picked === undefined) throw new TypeError('nothing to pick from')
      return picked
    },
  }
}

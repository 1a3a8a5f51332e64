// Whether two spellings of an unsigned JSON number, or of what ECMAScript prints of one, are one decimal value. In one pass over each; both are well-formed. No I/O.

/** 0.d1d2d3... times a power of ten: the first thirty digits as two whole numbers, and whether any other digit than 0 follows. */
interface Decimal {
  readonly head: number
  readonly tail: number
  readonly more: boolean
  readonly power: number
}

/** As many digits as a double holds exactly as a whole number. */
const HALF = 15

export function isSameDecimal(one: string, other: string): boolean {
  const a = decimalOf(one)
  const b = decimalOf(other)
  // Two that go on past thirty digits are not compared further: a double prints seventeen.
  return !a.more && !b.more && a.head === b.head && a.tail === b.tail && (a.power === b.power || a.head === 0)
}

function decimalOf(text: string): Decimal {
  let head = 0
  let tail = 0
  let more = false
  /** Of digits from the first that is not 0. */
  let count = 0
  let beforePoint = 0
  let leadingZeros = 0
  let pointSeen = false
  let at = 0
  for (; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30
    if (digit < 0) {
      pointSeen = true
      continue
    }
    if (digit > 9) break
    if (!pointSeen) beforePoint++
    if (count === 0 && digit === 0) {
      leadingZeros++
      continue
    }
    if (count < HALF) head = head * 10 + digit
    else if (count < 2 * HALF) tail = tail * 10 + digit
    else more ||= digit !== 0
    count++
  }
  const exponent = at < text.length ? Number(text.slice(at + 1)) : 0
  return {
    head: head * 10 ** Math.max(0, HALF - count),
    tail: tail * 10 ** Math.max(0, Math.min(HALF, 2 * HALF - count)),
    more,
    power: beforePoint - leadingZeros + exponent,
  }
}

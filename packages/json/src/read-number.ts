// One number, accepted only where every parser reads the same value. Checks, in order: the grammar of RFC 8259; no negative
// zero; magnitude at most 2^53-1; the decimal value written is the one its double prints as; no whole number at stake where
// hasty parsers round (below). So 1.0, 1e2 and 0.1 pass, while 9007199254740993, 1e400 and 0.1000000000000000055511151231257827
// do not: a parser with decimals, or with more bits, would see another amount than the policy did. Values are compared, not spellings.
import { fail } from './cursor.ts'
import type { Cursor } from './cursor.ts'
import { isSameDecimal } from './same-decimal.ts'

const MINUS = 0x2d
const PLUS = 0x2b
const ZERO = 0x30
const POINT = 0x2e
const EXPONENT = 0x65

/** Any decimal of at most fifteen significant digits survives the way to a double and back (DBL_DIG): those below this. */
const EXACT_BELOW = 1e15
/** Powers of ten up to this one are doubles themselves, so one multiplication or division by them rounds once. */
const MAX_EXACT_POWER = 22
const POWERS_OF_TEN: readonly number[] = Array.from({ length: MAX_EXACT_POWER + 1 }, (_, exponent) => Number(`1e${exponent}`))
/** Far beyond any double; more digits say nothing more. */
const MAX_EXPONENT = 100_000

/** `cursor.at` is on `-` or a digit; afterwards it is behind the number. */
export function readNumber(cursor: Cursor): number | undefined {
  const { bytes } = cursor
  const start = cursor.at
  let at = start
  let byte = bytes[at] ?? 0
  const negative = byte === MINUS
  if (negative) byte = bytes[++at] ?? 0
  /** All digits as one whole number. Below 2^53 the sum is exact, and no rounding brings a larger one back below it. */
  let digits = 0
  if (byte === ZERO) {
    byte = bytes[++at] ?? 0
  } else {
    if (!isDigit(byte)) return fail(cursor, 'syntax', at)
    while (isDigit(byte)) {
      digits = digits * 10 + (byte - ZERO)
      byte = bytes[++at] ?? 0
    }
  }
  if (isDigit(byte)) return fail(cursor, 'syntax', at)
  /** The power of ten of the last digit. */
  let power = 0
  if (byte === POINT) {
    byte = bytes[++at] ?? 0
    if (!isDigit(byte)) return fail(cursor, 'syntax', at)
    while (isDigit(byte)) {
      digits = digits * 10 + (byte - ZERO)
      power--
      byte = bytes[++at] ?? 0
    }
  }
  if ((byte | 0x20) === EXPONENT) {
    byte = bytes[++at] ?? 0
    const falls = byte === MINUS
    if (falls || byte === PLUS) byte = bytes[++at] ?? 0
    if (!isDigit(byte)) return fail(cursor, 'syntax', at)
    let exponent = 0
    while (isDigit(byte)) {
      exponent = Math.min(exponent * 10 + (byte - ZERO), MAX_EXPONENT)
      byte = bytes[++at] ?? 0
    }
    power += falls ? -exponent : exponent
  }
  cursor.at = at
  const size = sizeOf(cursor, digits, power, start + (negative ? 1 : 0))
  if (size === undefined || size > Number.MAX_SAFE_INTEGER || (negative && size === 0)) return fail(cursor, 'number', start)
  return negative ? -size : size
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= 0x39
}

/** Undefined: some parser reads another value. `from`: of the number without its sign, which ends where the cursor is. */
function sizeOf(cursor: Cursor, digits: number, power: number, from: number): number | undefined {
  if (power === 0 && digits <= Number.MAX_SAFE_INTEGER) return digits
  const isSimple = Math.abs(power) <= MAX_EXACT_POWER && digits <= Number.MAX_SAFE_INTEGER
  if (isSimple && digits < EXACT_BELOW) {
    const scale = POWERS_OF_TEN[Math.abs(power)] ?? Number.NaN
    return power < 0 ? digits / scale : digits * scale
  }
  const lexeme = cursor.text.slice(from - cursor.wide, cursor.at - cursor.wide)
  const size = Number(lexeme)
  return isExact(lexeme, size) && (isSimple || !isNearInteger(size)) ? size : undefined
}

/** The decimal value of the lexeme is that of its double's shortest round trip (ECMA-262 Number::toString). */
function isExact(lexeme: string, size: number): boolean {
  const shortest = String(size)
  // What a serializer wrote is that already.
  return lexeme === shortest || isSameDecimal(lexeme, shortest)
}

/**
 * A whole number, or so close to one that rounding may cross it. Where `isSimple`, one multiplication or division of two exact doubles gives the value (Clinger's
 * fast path). Beyond it parsers without an exact slow path, serde_json as it comes among them, are off by a unit or two in the last place: they read
 * 9007199254740991.0 as 9007199254740990. Everywhere else such a parser's error decides nothing, and 0.30000000000000004 passes.
 */
function isNearInteger(size: number): boolean {
  return Math.abs(size - Math.round(size)) <= Math.max(size * 2 ** -51, 2 ** -1073)
}

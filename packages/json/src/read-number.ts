// One number, accepted only where every parser reads the same value. Checks, in order: the grammar of RFC 8259; no negative
// zero; magnitude at most 2^53-1; the decimal value written is the one its double prints as; no whole number at stake where
// hasty parsers round (below). So 1.0, 1e2 and 0.1 pass, while 9007199254740993, 1e400 and 0.1000000000000000055511151231257827
// do not: a parser with decimals, or with more bits, would see another amount than the policy did. Values are compared, not spellings.
import { fail } from './cursor.ts'
import type { Cursor } from './cursor.ts'

const MINUS = 0x2d
const ZERO = 0x30
const POINT = 0x2e
const EXPONENT = 0x65

/** Any decimal of so many significant digits survives the way to a double and back (DBL_DIG). */
const EXACT_DIGITS = 15

/** `cursor.at` is on `-` or a digit; afterwards it is behind the number. */
export function readNumber(cursor: Cursor): number | undefined {
  const { text } = cursor
  const start = cursor.at
  let at = start
  let code = text.charCodeAt(at)
  const negative = code === MINUS
  if (negative) code = text.charCodeAt(++at)
  const digitsFrom = at
  let integer = 0
  if (code === ZERO) {
    code = text.charCodeAt(++at)
  } else {
    if (!isDigit(code)) return fail(cursor, 'syntax', at)
    while (isDigit(code)) {
      integer = integer * 10 + (code - ZERO)
      code = text.charCodeAt(++at)
    }
  }
  if (isDigit(code)) return fail(cursor, 'syntax', at)
  if (code !== POINT && (code | 0x20) !== EXPONENT) {
    cursor.at = at
    // Below 2^53 the sum is exact, and no rounding brings a larger one back below it.
    if (integer > Number.MAX_SAFE_INTEGER) return fail(cursor, 'number', start)
    if (!negative) return integer
    return integer === 0 ? fail(cursor, 'number', start) : -integer
  }
  if (code === POINT) {
    code = text.charCodeAt(++at)
    if (!isDigit(code)) return fail(cursor, 'syntax', at)
    while (isDigit(code)) code = text.charCodeAt(++at)
  }
  const digits = at - digitsFrom
  const hasExponent = (code | 0x20) === EXPONENT
  if (hasExponent) {
    code = text.charCodeAt(++at)
    if (code === 0x2b || code === MINUS) code = text.charCodeAt(++at)
    if (!isDigit(code)) return fail(cursor, 'syntax', at)
    while (isDigit(code)) code = text.charCodeAt(++at)
  }
  cursor.at = at
  const lexeme = text.slice(start, at)
  const value = Number(lexeme)
  if (!(Math.abs(value) <= Number.MAX_SAFE_INTEGER) || Object.is(value, -0)) return fail(cursor, 'number', start)
  // Short and without exponent: far from the range where doubles get coarser, so exact without looking.
  if (!hasExponent && digits <= EXACT_DIGITS + 1) return value
  return exact(lexeme, value) && (!isNearInteger(value) || isSimple(lexeme)) ? value : fail(cursor, 'number', start)
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= 0x39
}

/** The decimal value of the lexeme equals that of its double's shortest round trip (ECMA-262 Number::toString). */
function exact(lexeme: string, value: number): boolean {
  const shortest = String(value)
  // What a serializer wrote is that already.
  return lexeme === shortest || decimalOf(lexeme) === decimalOf(shortest)
}

/**
 * Whether one multiplication or division of two exact doubles gives the value (Clinger's fast path). Beyond it parsers without an exact slow path, serde_json
 * as it comes among them, are off by a unit or two in the last place: they read 9007199254740991.0 as 9007199254740990.
 */
function isSimple(lexeme: string): boolean {
  const { digits, exponent } = scaled(lexeme)
  const from = digits.search(/[1-9]/)
  return Math.abs(exponent) <= 22 && Number(from === -1 ? 0 : digits.slice(from)) <= Number.MAX_SAFE_INTEGER
}

/** A whole number, or so close to one that rounding may cross it. Everywhere else such a parser's error decides nothing, and 0.30000000000000004 passes. */
function isNearInteger(value: number): boolean {
  return Math.abs(value - Math.round(value)) <= Math.max(Math.abs(value) * 2 ** -51, 2 ** -1073)
}

/** One spelling per decimal value: sign, significant digits without outer zeros, exponent of the last of them. */
function decimalOf(lexeme: string): string {
  const { negative, digits, exponent } = scaled(lexeme)
  let from = 0
  while (from < digits.length && digits.charCodeAt(from) === ZERO) from++
  if (from === digits.length) return '0'
  let to = digits.length
  while (digits.charCodeAt(to - 1) === ZERO) to--
  return `${negative ? '-' : ''}${digits.slice(from, to)}e${exponent + digits.length - to}`
}

/** All digits as written, and the power of ten of the last one. */
function scaled(lexeme: string): { readonly negative: boolean; readonly digits: string; readonly exponent: number } {
  const negative = lexeme.startsWith('-')
  const exponentAt = lexeme.search(/[eE]/)
  const mantissa = lexeme.slice(negative ? 1 : 0, exponentAt === -1 ? lexeme.length : exponentAt)
  const pointAt = mantissa.indexOf('.')
  const fractionDigits = pointAt === -1 ? 0 : mantissa.length - pointAt - 1
  const digits = pointAt === -1 ? mantissa : mantissa.slice(0, pointAt) + mantissa.slice(pointAt + 1)
  return { negative, digits, exponent: (exponentAt === -1 ? 0 : Number(lexeme.slice(exponentAt + 1))) - fractionDigits }
}

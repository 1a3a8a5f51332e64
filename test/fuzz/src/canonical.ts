// One ASCII text per value, the same in every language this is written in (see programs/): objects sorted by key, strings escaped by code point, numbers
// as sign, digits and exponent of their shortest decimal. Two parsers saw the same body where these texts are equal.

/** Takes what JSON.parse or the strict reader gives. */
export function canonical(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  if (typeof value === 'number') return decimal(String(value))
  if (typeof value === 'string') return quoted(value)
  if (typeof value !== 'object') throw new TypeError(`no JSON value is a ${typeof value}`)
  return Array.isArray(value) ? `[${value.map(canonical).join(',')}]` : members(Object.entries(value))
}

function members(entries: readonly (readonly [string, unknown])[]): string {
  const written = entries.map(([key, value]): [string, string] => [quoted(key), canonical(value)])
  // Escaped keys are ASCII, so this is the order of bytes in every language.
  written.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
  return `{${written.map(([key, value]) => `${key}:${value}`).join(',')}}`
}

/** Only what is neither plain ASCII nor a quote or backslash costs anything. */
const PLAIN = /^[ !#-[\]-~]*$/

function quoted(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`
  let out = '"'
  for (const character of text) out += PLAIN.test(character) ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
  return `${out}"`
}

const SMALL = /^-?[1-9]{1,9}$/

/** `-12.50e3` as `-125e2`: sign, digits without outer zeros, exponent of the last one. Zero is `0`, negative zero `-0`. */
export function decimal(lexeme: string): string {
  if (SMALL.test(lexeme)) return `${lexeme}e0`
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d*))?(?:e([+-]?\d+))?$/i.exec(lexeme) ?? []
  const digits = `${whole}${fraction}`.replace(/^0+/, '')
  if (digits === '') return whole === '' ? lexeme : `${sign}0`
  const kept = digits.replace(/0+$/, '')
  return `${sign}${kept}e${BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - kept.length)}`
}

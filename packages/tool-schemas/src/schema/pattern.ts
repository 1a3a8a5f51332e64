// Regular expressions of somebody else's schema, run in linear time (RE2) whatever they are and whatever they are given: a backtracking
// engine would let one pattern and one argument stop the process. What RE2 cannot do (look-around, back-references) is refused here, before
// anything is pinned. No I/O.
import { RE2JS } from 're2js'

/** Punctuation that authors escape although Unicode mode knows no such escape. */
const NEEDLESS_ESCAPES = '-_@#%&~`\'"<>=!:;, '
/** ECMA-262 WhiteSpace and LineTerminator: RE2's `\s` is ASCII only. */
const SPACES = '\\t\\n\\v\\f\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}'
/** All the others, in ranges. */
const OTHERS =
  '\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}'
/** ECMA-262 LineTerminator: what `.` leaves out. */
const ANY = '[^\\n\\r\\x{2028}\\x{2029}]'
const MAX_PATTERN_LENGTH = 1024
const TOKEN = /\\[\s\S]|[\s\S]/gu

export interface LinearPattern {
  test(text: string): boolean
}

/** Undefined where the pattern is no regular expression in the sense of ECMA-262 with `u`, or RE2 cannot run it. */
export function compilePattern(pattern: string): LinearPattern | undefined {
  if (pattern.length > MAX_PATTERN_LENGTH) return undefined
  const plain = pattern.replace(/\\([\s\S])/gu, (escape, character: string) =>
    NEEDLESS_ESCAPES.includes(character) ? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}` : escape,
  )
  try {
    // What both engines accept they read alike but for `\s` and `.`; RE2's own extensions are no Unicode-mode syntax.
    const accepted = new RegExp(plain, 'u')
    return RE2JS.compile(RE2JS.translateRegExp(withWideClasses(accepted.source)))
  } catch {
    return undefined
  }
}

function withWideClasses(source: string): string {
  let out = ''
  let inClass = false
  for (const [token] of source.matchAll(TOKEN)) {
    if (token === '\\s') out += inClass ? SPACES : `[${SPACES}]`
    else if (token === '\\S') out += inClass ? OTHERS : `[^${SPACES}]`
    else if (token === '.' && !inClass) out += ANY
    else out += token
    if (token === '[') inClass = true
    else if (token === ']') inClass = false
  }
  return out
}

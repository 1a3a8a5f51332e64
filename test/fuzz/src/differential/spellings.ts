// Other spellings of one key: the same after unescaping, the same to a parser that ignores case, or nearly.
import type { Random } from '../random.ts'

/** `key` is source text with its quotes; so is the answer. */
export function respelt(key: string, random: Random): string {
  const bare = key.slice(1, -1)
  if (bare === '' || bare.includes('\\')) return key
  const at = random.below(bare.length)
  const letter = bare[at] ?? ''
  const put = (by: string): string => `"${bare.slice(0, at)}${by}${bare.slice(at + 1)}"`
  switch (random.below(10)) {
    case 0:
      return put(`\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
    case 1:
      return put(letter.toUpperCase())
    case 2:
      return `"${bare.toUpperCase()}"`
    case 3:
      return `"${bare.replaceAll('s', '\u017f').replaceAll('k', '\u212a')}"`
    case 4:
      return `"${bare.replaceAll('i', random.oneIn(2) ? '\u0130' : '\u0131')}"`
    case 5:
      return put(`${letter}_`)
    case 6:
      return put(`${letter}-`)
    case 7:
      return `"${bare.replace(/_(.)/g, (_whole, next: string) => next.toUpperCase())}"`
    case 8:
      return put(`${letter}\u0301`)
    default:
      return `"${bare} "`
  }
}

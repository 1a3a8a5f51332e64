// Keeps a label from growing: a word of ours passes, and only so many different ones; everything else is `other`. Pure but for what it remembers.

const WORD = /^[a-z][a-z0-9_-]{0,47}$/
const MAX_VALUES = 64

/** One per label. What it is given may have come from anywhere: an error's text, a name. */
export function createBoundedLabel(): (value: string) => string {
  const seen = new Set<string>()
  return (value) => {
    if (seen.has(value)) return value
    if (seen.size >= MAX_VALUES || !WORD.test(value)) return 'other'
    seen.add(value)
    return value
  }
}

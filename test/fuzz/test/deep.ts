// A target with a room behind four doors, each of which only coverage shows to be open: nobody guesses the word at once.

export function enter(word: string): string | undefined {
  if (word[0] !== 'f') return undefined
  if (word[1] !== 'u') return undefined
  if (word[2] !== 'z') return undefined
  if (word[3] !== 'z') return undefined
  return 'the last door is open'
}

// No regular expression of the product that a text can make slow, and the proof that one would be noticed.
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { checkPatterns, slowPatterns } from '../check-patterns.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

it('finds none in the product', () => {
  expect(checkPatterns(root)).toEqual([])
})

it.each([
  ['white space shared out among three', String.raw`/^BEGIN\s+([A-Z\s]+?)\s*END$/`, 'more than linear'],
  ['two classes that hold the same', String.raw`/^\/\/([^/?]*)([^?]*)(\?.*)?$/`, 'more than linear'],
  ['a repeated repetition', '/^(?:a+)+$/', 'exponential'],
  ['an end that is looked for from everywhere', String.raw`/\/+$/`, 'more than linear'],
])('notices %s', (_name, pattern, growth) => {
  const code = `const first: number = 1\nexport const SLOW = ${pattern}\n`
  expect(slowPatterns('a.ts', code)).toEqual([{ file: 'a.ts', line: 2, problem: `${growth} time for some text: ${pattern}` }])
})

it('passes one that is tried in one way only, and a division', () => {
  expect(
    slowPatterns('a.ts', String.raw`export const quick = /^\/\/([^/?]*)(\/[^?]*)?(\?.*)?$/u; export const half = (a: number, b: number) => a / b / 2`),
  ).toEqual([])
})

// The formats of texts that are checked, by the expressions of ajv-formats (its `fast` set: none of them is known to backtrack), never on a
// text longer than any of them is. Every other format is an annotation.
import type { Format } from 'ajv'
import { fastFormats } from 'ajv-formats/dist/formats.js'

const MAX_LENGTH = 2048

export const FORMATS: Readonly<Record<string, (text: string) => boolean>> = Object.fromEntries(
  Object.entries(fastFormats).flatMap(([name, format]) => {
    const expression = expressionOf(format)
    return expression === undefined ? [] : [[name, (text: string) => text.length <= MAX_LENGTH && expression.test(text)]]
  }),
)

export function isFormat(name: string): boolean {
  return Object.hasOwn(FORMATS, name)
}

function expressionOf(format: Format): RegExp | undefined {
  if (format instanceof RegExp) return format
  return typeof format === 'object' && format.validate instanceof RegExp ? format.validate : undefined
}

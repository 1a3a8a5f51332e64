// Colours for a terminal, and none for anything else. They say nothing the words do not.
import { styleText } from 'node:util'

export interface Paint {
  good(text: string): string
  bad(text: string): string
  warn(text: string): string
  strong(text: string): string
  faint(text: string): string
}

export const PLAIN: Paint = { good: same, bad: same, warn: same, strong: same, faint: same }

/** Follows `NO_COLOR`, `FORCE_COLOR` and whether the stream is a terminal. */
export function paintFor(stream: NodeJS.WriteStream): Paint {
  const paint =
    (format: Parameters<typeof styleText>[0]) =>
    (text: string): string =>
      styleText(format, text, { stream })
  return { good: paint('green'), bad: paint(['red', 'bold']), warn: paint('yellow'), strong: paint('bold'), faint: paint('dim') }
}

function same(text: string): string {
  return text
}

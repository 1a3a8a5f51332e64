// How help looks, and the values options take. Every help ends with examples: they are read first.
import { InvalidArgumentError } from 'commander'
import type { Command, HelpConfiguration, OutputConfiguration } from 'commander'
import { nearest } from '@bailiwick/config'
import { clean, redactSecrets } from '../terminal/clean.ts'
import { columnsOf, paletteOf } from '../terminal/terminal.ts'
import type { Stream } from '../terminal/terminal.ts'

export const EXIT_CODES = 'Exit codes: 0 ok, 1 failure, 2 usage, 3 denied, 4 unreachable.'

export function examples(command: Command, ...lines: readonly string[]): Command {
  // A line that begins with spaces goes on with the one before.
  return command.addHelpText('after', `\nExamples:\n${lines.map((line) => (line.startsWith(' ') ? `  ${line}` : `  $ ${line}`)).join('\n')}\n\n${EXIT_CODES}`)
}

export interface HelpStreams {
  readonly stdout: Stream
  readonly stderr: Stream
  readonly env: Readonly<Record<string, string | undefined>>
}

const MAX_HELP_WIDTH = 110
const DEFAULT_HELP_WIDTH = 100

export function outputConfiguration({ stdout, stderr, env }: HelpStreams): OutputConfiguration {
  const width = (stream: Stream): number => Math.min(columnsOf(stream, env) ?? DEFAULT_HELP_WIDTH, MAX_HELP_WIDTH)
  const colours = (stream: Stream): boolean => stream.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb'
  return {
    writeOut: (text) => void stdout.write(text),
    // Commander repeats what was typed, and a token may have been.
    writeErr: (text) => void stderr.write(redactSecrets(text)),
    outputError: (text, write) => write(text.replace(/^error: /, 'bailiwick: ')),
    getOutHelpWidth: () => width(stdout),
    getErrHelpWidth: () => width(stderr),
    getOutHasColors: () => colours(stdout),
    getErrHasColors: () => colours(stderr),
  }
}

/** Commander takes the colours out again where the output has none. */
export const HELP_STYLE: HelpConfiguration = {
  showGlobalOptions: true,
  styleTitle: paletteOf(true).strong,
  // An alias or an argument list in every line would only push the descriptions away.
  subcommandTerm: (command) => command.name(),
}

/** One of a few words, with the nearest one when it is none of them. */
export function oneOf<T extends string>(values: readonly T[]): (text: string) => T {
  return (text) => {
    const found = values.find((value) => value === text)
    if (found !== undefined) return found
    const suggestion = nearest(text, values)
    throw new InvalidArgumentError(`Expected one of ${values.join(', ')}${suggestion === undefined ? '' : `; did you mean ${suggestion}?`}`)
  }
}

export function repeated(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text]
}

const UNIT_SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const

/** `90s`, `30m`, `8h`, `7d`. */
export function seconds(text: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,9})(s|m|h|d)$/.exec(text) ?? []
  const size = unit === 's' || unit === 'm' || unit === 'h' || unit === 'd' ? UNIT_SECONDS[unit] : 0
  const value = Number(digits) * size
  if (value <= 0) throw new InvalidArgumentError('Expected a duration such as 90s, 30m, 8h or 7d.')
  return value
}

export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN
    if (!(value >= min && value <= max)) throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`)
    return value
  }
}

export function quoted(text: string): string {
  const shown = clean(text)
  return `"${shown.length > 64 ? `${shown.slice(0, 61)}...` : shown}"`
}

// Where output goes: data on stdout, everything said about it on stderr. Colours only on a terminal that wants them, widths only where there is one.
import type { JsonValue } from '@bailiwick/core'
import { redactSecrets } from './clean.ts'

export interface Stream {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
}

export interface Palette {
  strong(text: string): string
  dim(text: string): string
  good(text: string): string
  bad(text: string): string
  warn(text: string): string
}

export interface Terminal extends Palette {
  /** `--json` was given: stdout carries one JSON document (or one a line, for streams). */
  readonly json: boolean
  /** Stdout is a terminal: somebody is reading. */
  readonly interactive: boolean
  /** What a line may take; undefined where output goes to a file or a program, which want whole lines. */
  readonly columns: number | undefined
  /** The palette of stderr. */
  readonly err: Palette
  data(text: string): void
  value(value: JsonValue | object): void
  /** For people, on stderr. Whatever has the shape of a token is cut out. */
  say(text: string): void
  /** The only way a secret is shown: to a person, on stderr, never into a file that keeps output. */
  secret(text: string): void
  /** Tells on stderr that something takes a while; call the answer when it is over. */
  progress(text: string): () => void
}

export interface TerminalOptions {
  readonly stdout: Stream
  readonly stderr: Stream
  readonly env: Readonly<Record<string, string | undefined>>
  readonly json: boolean
}

const DEFAULT_COLUMNS = 80
const MIN_COLUMNS = 40

export function openTerminal({ stdout, stderr, env, json }: TerminalOptions): Terminal {
  const colours = (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb'
  const interactive = stdout.isTTY === true
  const line = (text: string): void => void stderr.write(`${text}\n`)
  return {
    json,
    interactive,
    columns: columnsOf(stdout, env),
    ...paletteOf(colours && interactive && !json),
    err: paletteOf(colours && stderr.isTTY === true),
    data: (text) => void stdout.write(`${text}\n`),
    value: (value) => void stdout.write(`${JSON.stringify(value, null, interactive ? 2 : undefined)}\n`),
    say: (text) => line(redactSecrets(text)),
    secret: line,
    progress: (text) => {
      if (stderr.isTTY !== true) {
        line(`${text} ...`)
        return () => {}
      }
      stderr.write(`\r\u001b[K${text} ...`)
      return () => void stderr.write('\r\u001b[K')
    },
  }
}

/** `COLUMNS` counts where it was exported on purpose: a shell keeps its own to itself. */
export function columnsOf(stream: Stream, env: TerminalOptions['env']): number | undefined {
  const asked = /^\d{1,4}$/.test(env['COLUMNS'] ?? '') ? Number(env['COLUMNS']) : undefined
  const known = stream.isTTY === true ? (asked ?? stream.columns ?? DEFAULT_COLUMNS) : asked
  return known === undefined ? undefined : Math.max(MIN_COLUMNS, known)
}

export function paletteOf(on: boolean): Palette {
  const paint = (code: string) => (text: string) => (on && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text)
  return { strong: paint('1'), dim: paint('2'), good: paint('32'), bad: paint('31'), warn: paint('33') }
}

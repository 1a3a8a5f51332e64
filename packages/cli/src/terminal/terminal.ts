// Where output goes: data on stdout, everything said about it on stderr. Colours only on a terminal that wants them.
import type { JsonValue } from '@bailiwick/core'

export interface Stream {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
}

export interface Terminal {
  /** `--json` was given: stdout carries one JSON document (or one a line, for streams). */
  readonly json: boolean
  readonly interactive: boolean
  data(text: string): void
  value(value: JsonValue | object): void
  say(text: string): void
  strong(text: string): string
  good(text: string): string
  bad(text: string): string
}

export function openTerminal(options: { readonly stdout: Stream; readonly stderr: Stream; readonly noColor: boolean; readonly json: boolean }): Terminal {
  const { stdout, stderr, json } = options
  const interactive = stdout.isTTY === true
  const paint = (code: string) => (text: string) => (interactive && !options.noColor && !json ? `\u001b[${code}m${text}\u001b[0m` : text)
  return {
    json,
    interactive,
    data: (text) => stdout.write(`${text}\n`),
    value: (value) => stdout.write(`${JSON.stringify(value, null, interactive ? 2 : undefined)}\n`),
    say: (text) => stderr.write(`${text}\n`),
    strong: paint('1'),
    good: paint('32'),
    bad: paint('31'),
  }
}

/** Columns as wide as their widest cell. What comes from the server is stripped of control characters: a reason is not allowed to move the cursor. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows].map((row) => row.map(clean))
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  return all.map((row) => row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  ')).join('\n')
}

export function clean(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '?')
}

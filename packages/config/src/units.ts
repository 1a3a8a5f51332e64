// Durations and sizes as operators write them: `250ms`, `10m`, `7d`, `1MiB`. One whole number and one unit, nothing else: `1.5h`, `10` and `5 m` are refused.

export const DURATION = /^(0|[1-9][0-9]{0,8})(ms|s|m|h|d)$/
export const SIZE = /^(0|[1-9][0-9]{0,8})(B|KiB|MiB|GiB)$/

const MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const BYTES: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }

/** Milliseconds, or undefined where the text is no duration. */
export function parseDuration(text: string): number | undefined {
  return read(DURATION, MS, text)
}

/** Bytes, or undefined where the text is no size. */
export function parseSize(text: string): number | undefined {
  return read(SIZE, BYTES, text)
}

function read(form: RegExp, units: Readonly<Record<string, number>>, text: string): number | undefined {
  const [, count, unit] = form.exec(text) ?? []
  const factor = unit === undefined ? undefined : units[unit]
  if (count === undefined || factor === undefined) return undefined
  const value = Number(count) * factor
  return Number.isSafeInteger(value) ? value : undefined
}

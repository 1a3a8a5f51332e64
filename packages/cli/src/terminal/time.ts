// Times for people: absolute in UTC, as the audit writes them, and relative to now. No I/O.

const SECOND = 1000
const MINUTE = 60
const HOUR = 3600
const DAY = 86_400

/** `2026-11-20 13:42:05Z`. */
export function absolute(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}Z`
}

/** `in 28m`, `3h ago`, `now`. */
export function relative(ms: number, nowMs: number): string {
  const seconds = Math.round((ms - nowMs) / SECOND)
  if (Math.abs(seconds) < 1) return 'now'
  return seconds > 0 ? `in ${short(seconds)}` : `${short(-seconds)} ago`
}

export function both(ms: number, nowMs: number): string {
  return `${absolute(ms)} (${relative(ms, nowMs)})`
}

/** `45s`, `10m`, `1h 30m`, `7d`: two units at most. */
export function duration(seconds: number): string {
  if (seconds < MINUTE) return `${seconds}s`
  const [unit, size, below, belowSize] =
    seconds < HOUR ? (['m', MINUTE, 's', 1] as const) : seconds < DAY ? (['h', HOUR, 'm', MINUTE] as const) : (['d', DAY, 'h', HOUR] as const)
  const rest = Math.floor((seconds % size) / belowSize)
  return `${Math.floor(seconds / size)}${unit}${rest === 0 ? '' : ` ${rest}${below}`}`
}

/** One unit: for columns. */
function short(seconds: number): string {
  if (seconds < 2 * MINUTE) return `${seconds}s`
  if (seconds < 2 * HOUR) return `${Math.round(seconds / MINUTE)}m`
  return seconds < 2 * DAY ? `${Math.round(seconds / HOUR)}h` : `${Math.round(seconds / DAY)}d`
}

/** Milliseconds of an RFC 3339 text, or undefined. */
export function parseTime(text: unknown): number | undefined {
  if (typeof text !== 'string') return undefined
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? undefined : ms
}

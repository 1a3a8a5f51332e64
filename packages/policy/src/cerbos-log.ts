// Cerbos's log lines as ours. Drops what would let an agent write into our log (Cerbos repeats the caller's argument names for each call the
// schemas refuse, and the audit has those already) and what only says that a call was given up.
export interface SupervisorLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface CerbosLine {
  readonly level: 'info' | 'warn' | 'error'
  readonly message: string
  readonly logger?: string
  readonly detail?: string
}

const NOISE: readonly string[] = ['Validation failed', 'Disabling OTLP traces because']

/** Everything Cerbos adds to a line but what we say ourselves. */
const OWN_FIELDS: readonly string[] = ['log.level', '@timestamp', 'log.logger', 'message']

/**
 * Whether a line only tells of one call that failed, which whoever asked knows and reports. Of a call that its deadline ended there are two: were they read,
 * a service that is late would be later. Tells it from the text, before anything is parsed; inside a text of the caller's the quotes would be escaped.
 */
export function isOfOneCall(line: string): boolean {
  return line.includes('"error":"context canceled"') || line.includes('"error":"context deadline exceeded"') || line.includes('"message":"Handled request"')
}

export function logCerbosLine(log: SupervisorLog, { level, message, logger, detail }: CerbosLine): void {
  if (NOISE.some((start) => message.startsWith(start))) return
  log[level]({ ...(logger === undefined ? {} : { logger }), ...(detail === undefined ? {} : { detail }) }, `cerbos: ${message}`)
}

/** A line that is not Cerbos's JSON (a panic, a usage message) is an error as it stands. */
export function readCerbosLine(line: string): CerbosLine {
  const fields = parseFields(line)
  if (fields === undefined) return { level: 'error', message: line.slice(0, 512) }
  const rest = [...fields].filter(([name]) => !OWN_FIELDS.includes(name))
  const logger = textOf(fields.get('log.logger'))
  return {
    level: LEVELS[textOf(fields.get('log.level')) ?? ''] ?? 'info',
    message: (textOf(fields.get('message')) ?? 'said nothing').slice(0, 512),
    ...(logger === undefined ? {} : { logger }),
    ...(rest.length === 0 ? {} : { detail: JSON.stringify(Object.fromEntries(rest)).slice(0, 2_048) }),
  }
}

const LEVELS: Readonly<Record<string, CerbosLine['level']>> = { warn: 'warn', error: 'error', fatal: 'error', panic: 'error', dpanic: 'error' }

function parseFields(line: string): ReadonlyMap<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(line)
    return typeof parsed === 'object' && parsed !== null ? new Map(Object.entries(parsed)) : undefined
  } catch {
    return undefined
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

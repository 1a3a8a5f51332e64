// Structured logs, one JSON object a line, on stderr. Tokens and secrets never reach a line: named fields are redacted by
// path, and whatever still looks like a token is cut out of the finished line. Reasons are fields; prose is short.
import type { Writable } from 'node:stream'
import { pino, stdSerializers } from 'pino'
import type { Logger } from 'pino'
import { Fault } from '@bailiwick/core'

export type { Logger } from 'pino'

export interface LoggerOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  /** Where lines go; stderr unless a test wants to read them. */
  readonly destination?: Writable
}

const SECRET_FIELDS = [
  'authorization',
  'cookie',
  'token',
  'access_token',
  'subject_token',
  'actor_token',
  'client_assertion',
  'client_secret',
  'task_token',
  'secret',
  'password',
]

/** What has a shape of its own: a JWT begins like a JOSE header, an operator token with its prefix, a private key with its frame. */
const SHAPES: readonly { readonly begins: string; readonly shape: RegExp; readonly cut: (found: string) => string }[] = [
  // Whole dotted runs, looked at only from their start: tried at every `eyJ`, a text of nothing else takes the square of its length.
  { begins: 'eyJ', shape: /(?<![A-Za-z0-9_.-])[A-Za-z0-9_.-]{13,}/g, cut: withoutJwt },
  { begins: 'bwop_', shape: /bwop_[A-Za-z0-9_-]{8,}/g, cut: () => REDACTED },
  { begins: '-----BEGIN ', shape: /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/gs, cut: () => REDACTED },
]
const REDACTED = '[redacted]'
/** Of a JOSE header: `{"` in base64url, and what the shortest one has behind it. */
const SHORTEST_HEADER = 11

/** A dotted run up to where the first JWT in it begins. */
function withoutJwt(run: string): string {
  let begins = -1
  let part = 0
  for (let dot = run.indexOf('.'); dot !== -1; dot = run.indexOf('.', part)) {
    if (begins < part) begins = run.indexOf('eyJ', part)
    if (begins === -1) return run
    const isFollowed = dot + 1 < run.length && run[dot + 1] !== '.'
    if (begins + SHORTEST_HEADER <= dot && isFollowed) return `${run.slice(0, begins)}${REDACTED}`
    part = dot + 1
  }
  return run
}

/** Cuts every JWT, operator token and private key out of a text. Does NOT find other opaque tokens or secrets: those are redacted by field name. */
export function redactTokens(text: string): string {
  let cut = text
  for (const { begins, shape, cut: without } of SHAPES) if (cut.includes(begins)) cut = cut.replace(shape, without)
  return cut
}

export function createLogger(options: LoggerOptions): Logger {
  const out = options.destination ?? process.stderr
  const redacting = {
    write(line: string): void {
      out.write(redactTokens(line))
    },
  }
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
      redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: REDACTED },
    },
    redacting,
  )
}

/**
 * A fault is expected to happen and says what failed by its code: a stack on every denied call would only bury the log. Anything else is a bug
 * of ours, and its stack is what mends it.
 */
function describeError(error: unknown): unknown {
  if (!(error instanceof Fault)) return error instanceof Error ? stdSerializers.err(error) : error
  const { dependency, code, message, cause } = error
  return { dependency, code, message, ...(cause instanceof Error ? { cause: cause.message } : {}) }
}

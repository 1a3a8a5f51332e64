// What the shell gets, and the one way a command ends badly. Scripts may rely on these numbers.
import type { JsonObject } from '@bailiwick/core'

export const EXIT = { ok: 0, failure: 1, usage: 2, denied: 3, unreachable: 4 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** A refusal in the words of whoever refused: what a person needs to go on. */
export interface Refusal {
  readonly reason: string
  readonly sentence: string
  readonly remediation?: JsonObject
  readonly decisionId?: string
  /** The caller's own field that was wrong. */
  readonly field?: string
  /** What it takes. */
  readonly expected?: string
  readonly retryable?: boolean
}

interface CliErrorOptions {
  readonly cause?: unknown
  readonly refusal?: Refusal
  /** Everything to say has been said: only the exit code is left. */
  readonly silent?: boolean
}

/** An end with a message for the person at the terminal. Its message never holds a token. */
export class CliError extends Error {
  readonly exitCode: ExitCode
  readonly refusal?: Refusal
  readonly silent: boolean

  constructor(exitCode: ExitCode, message: string, options: CliErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'CliError'
    this.exitCode = exitCode
    this.silent = options.silent === true
    if (options.refusal !== undefined) this.refusal = options.refusal
  }
}

// What a source of profiles is to the cache: one question, one answer about one subject, or a fault.
import { Fault } from '@bailiwick/core'
import type { JsonObject } from '@bailiwick/core'

/** A user at the issuer: `sub` is `<alias>:<id>`. */
export interface SubjectRef {
  readonly sub: string
  readonly iss: string
  readonly alias: string
  readonly id: string
}

/** `absent`: the source knows no such subject. That is an answer; not being able to tell is a fault. */
export type SourceAnswer = { readonly found: true; readonly document: JsonObject; readonly etag?: string } | { readonly found: false }

export interface Source {
  read(subject: SubjectRef, signal: AbortSignal): Promise<SourceAnswer>
}

/**
 * A source's failure. `about` says what was learned: `source` that it does not answer; `subject` that it answers, but not usefully about this
 * one, which is no reason to stop asking about others; `nothing` that it was not asked. `retryAfterMs` is what the source asked for.
 */
export class SourceFault extends Fault {
  readonly about: 'source' | 'subject' | 'nothing'
  readonly retryAfterMs: number | undefined

  constructor(
    code: string,
    about: 'source' | 'subject' | 'nothing',
    message: string,
    options: { readonly cause?: unknown; readonly retryAfterMs?: number } = {},
  ) {
    super('profile', code, message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'SourceFault'
    this.about = about
    this.retryAfterMs = options.retryAfterMs
  }
}

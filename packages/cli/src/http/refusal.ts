// A refusal of any of our endpoints (problem+json, OAuth error, a denied question) as the end of a command. The one place where an answer becomes an exit code.
import type { JsonObject } from '@bailiwick/core'
import { CliError, EXIT } from '../exit-code.ts'
import type { ExitCode, Refusal } from '../exit-code.ts'
import { objectAt, textAt } from './json.ts'

/** Refused for its form, or because there is no such thing: nobody judged authority. */
const NO_DENIAL = ['request_malformed', 'body_unreadable', 'resource_unknown', 'task_unknown']

export function toRefusal(body: JsonObject): Refusal | undefined {
  const reason = textAt(body, 'reason') ?? textAt(body, 'error')
  if (reason === undefined) return undefined
  const remediation = objectAt(body, 'remediation')
  const decisionId = textAt(body, 'decision_id')
  const field = textAt(body, 'field') ?? textAt(body, 'problem')
  const expected = textAt(body, 'expected')
  return {
    reason,
    sentence: textAt(body, 'detail') ?? textAt(body, 'message') ?? textAt(body, 'error_description') ?? textAt(body, 'title') ?? 'refused',
    ...(remediation === undefined ? {} : { remediation }),
    ...(decisionId === undefined ? {} : { decisionId }),
    ...(field === undefined ? {} : { field }),
    ...(expected === undefined ? {} : { expected }),
    ...(body['retryable'] === true ? { retryable: true } : {}),
  }
}

export function refused(status: number, body: JsonObject): CliError {
  const refusal = toRefusal(body)
  if (refusal === undefined) return new CliError(status >= 500 ? EXIT.unreachable : EXIT.failure, `Bailiwick answered ${status}`)
  // The public sentence of such a reason is about a call or a token, and here somebody named an id.
  const told = status === 404 ? { ...refusal, sentence: 'Bailiwick knows nothing by that id' } : refusal
  return new CliError(exitCodeOf(status, refusal.reason), told.sentence, { refusal: told })
}

function exitCodeOf(status: number, reason: string): ExitCode {
  if (status >= 500) return EXIT.unreachable
  if (NO_DENIAL.includes(reason) || status === 404 || status === 409) return EXIT.failure
  // The token endpoints deny with 400 (RFC 6749); elsewhere 400 is about the form.
  return EXIT.denied
}

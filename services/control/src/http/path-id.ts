// The id in a path: an id of that kind, or a denial that says what one looks like. Whether there is such a thing is not asked.
import { deny, ok } from '@bailiwick/core'
import type { Result } from '@bailiwick/core'

/** `form`: for people. What was sent is not repeated. */
export function pathId<Id>(parsed: Id | undefined, form: string): Result<Id> {
  return parsed === undefined ? deny({ reason: 'request_malformed', detail: 'id', expected: form }) : ok(parsed)
}

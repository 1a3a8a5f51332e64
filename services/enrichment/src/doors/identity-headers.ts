// What an allow changes in the request the server gets: who it is for, from us alone. A name is set or removed, never both: gateways
// differ in which they do first. Decides nothing.
import type { Decision, HeaderList } from '@bailiwick/core'
import { MAX_HEADER_VALUE_BYTES, toHeaderValue } from '../decide/carriable.ts'

const OURS = 'x-bailiwick-'

export const DECISION_HEADER = `${OURS}decision`

/** Every name an allow speaks for: a gateway that copies headers by name copies these five. */
export const IDENTITY_HEADERS: readonly string[] = [`${OURS}subject`, `${OURS}actor`, `${OURS}task`, `${OURS}resource`, DECISION_HEADER]

export interface ForwardedHeaders {
  readonly set: readonly (readonly [name: string, value: string])[]
  /** As the client spelled them; `authorization` too, unless the resource is to see it. */
  readonly remove: readonly string[]
}

/** `headers`: those of the checked request. */
export function forwardedHeaders(decision: Decision, headers: HeaderList): ForwardedHeaders {
  const set: (readonly [string, string])[] = []
  const remove = new Set<string>()
  for (const [name, value] of identityOf(decision)) {
    if (value === undefined || value.length > MAX_HEADER_VALUE_BYTES) remove.add(name)
    else set.push([name, value])
  }
  for (const [name] of headers) if (isOurs(name) && !set.some(([own]) => own === name)) remove.add(name)
  if (!decision.forwardToken) {
    remove.add('authorization')
    // Of a token that does not go on, nothing.
    if (headers.some(([name]) => name === 'dpop')) remove.add('dpop')
  }
  return { set, remove: [...remove] }
}

/** Every identity header, each with its value or undefined: an absent one is removed, never left to the client. */
function identityOf({ id, identity, resource }: Decision): readonly (readonly [string, string | undefined])[] {
  const actor = identity?.actor?.sub
  return [
    [`${OURS}subject`, identity === undefined ? undefined : toHeaderValue(identity.subject.sub)],
    [`${OURS}actor`, actor === undefined ? undefined : toHeaderValue(actor)],
    [`${OURS}task`, identity?.taskId],
    [`${OURS}resource`, resource],
    [DECISION_HEADER, id],
  ]
}

/** Underscores too: CGI-like upstreams fold `x_bailiwick_subject` into the same variable. `name` is lower-case. */
export function isOurs(name: string): boolean {
  return name.replaceAll('_', '-').startsWith(OURS)
}

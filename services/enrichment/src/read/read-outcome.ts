// What a reader answers: the call, or the denial together with what a renderer must know to answer in the caller's protocol.
import type { BodyProblem, Denial, LlmCall, McpCall, UnreadCall } from '@bailiwick/core'

export type ReadOutcome = { readonly ok: true; readonly call: McpCall | LlmCall } | Unread

export interface Unread {
  readonly ok: false
  readonly denial: Denial
  readonly unread: UnreadCall
}

/** Why something could not be read. `detail` is one of our own words, for the audit; never content of the request. */
export interface Unreadable {
  readonly problem: BodyProblem
  readonly detail: string
}

export function unreadable(problem: BodyProblem, detail: string): Unreadable {
  return { problem, detail }
}

export function refuse(denial: Denial, unread: UnreadCall): Unread {
  return { ok: false, denial, unread }
}

export function refuseUnreadable(why: Unreadable, unread: UnreadCall): Unread {
  return refuse({ reason: 'body_unreadable', problem: why.problem, detail: why.detail }, unread)
}

// Spans of the walks, for whoever wants to see where time goes. Off unless a collector is configured, and then nothing is loaded, held or
// timed for it. A span carries the decision id, the effect, the reason and the stages: never a token, a task, a user or an argument.
import type { Decision, DenialReason } from '@bailiwick/core'

export type WalkName = 'decision' | 'enrichment' | 'exchange'

export interface WalkEnd {
  readonly effect: Decision['effect']
  readonly reason: DenialReason | undefined
  /** Microseconds per stage, one after the other from the beginning, in the order they ran. */
  readonly stages: Readonly<Record<string, number>>
}

export interface WalkSpan {
  /** For the dependencies asked on behalf of this walk. */
  readonly traceparent: string
  end(end: WalkEnd): void
}

export interface Tracing {
  /** Undefined where the walk is not traced. `parent` is the caller's traceparent; anything but the exact form is no parent. */
  begin(walk: WalkName, walkId: string, parent: string | undefined): WalkSpan | undefined
  /** Sends what is held, within a bound. Never rejects. */
  close(): Promise<void>
}

export const noTracing: Tracing = { begin: () => undefined, close: () => Promise.resolve() }

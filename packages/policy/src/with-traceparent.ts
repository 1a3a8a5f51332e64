// A decider whose questions carry the trace of the walk that asks them. Changes nothing else about them. No I/O.
import type { Decider } from './decider.ts'

/** The same decider where there is no trace. */
export function withTraceparent(decider: Pick<Decider, 'decide'>, traceparent: string | undefined): Pick<Decider, 'decide'> {
  return traceparent === undefined ? decider : { decide: (question) => decider.decide({ ...question, traceparent }) }
}

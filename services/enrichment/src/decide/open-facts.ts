// What a walk knows before its first step: its id, its trace, and nothing of the call.
import { newDecisionId } from '@bailiwick/core'
import type { Question } from '@bailiwick/core'
import { traceparentIn } from '@bailiwick/runtime'
import type { Facts, WalkDeps } from './question.ts'
import { unreadCall } from './unread-call.ts'

export function openFacts(deps: WalkDeps, question: Question, kind: Facts['kind']): Facts {
  const id = newDecisionId(deps.clock.nowMs())
  const sent = question.call.form === 'http' ? traceparentIn(question.call.headers) : undefined
  const span = deps.tracing.begin(kind, id, sent)
  const traceparent = span?.traceparent ?? sent
  return {
    id,
    kind,
    question,
    timing: {},
    call: unreadCall(question.call),
    ...(span === undefined ? {} : { span }),
    ...(traceparent === undefined ? {} : { traceparent }),
  }
}

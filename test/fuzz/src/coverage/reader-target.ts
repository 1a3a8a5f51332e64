// The readers and renderers as a target: any request whatever. Holds what must be true of each, allowed or refused, without another parser at hand but V8's.
import type { Call } from '@bailiwick/core'
import { newDecisionId } from '@bailiwick/core'
import { readCall } from '../../../../services/enrichment/src/read/read-call.ts'
import { renderDenial } from '../../../../services/enrichment/src/render/render-denial.ts'
import { callDisagreement, disagreementWith, expectedOf, structOf } from '../differential/compare.ts'
import { ourJudge, RESOURCES } from '../differential/judge.ts'
import type { Request } from '../differential/request.ts'
import { lookWithV8, v8Parser } from '../differential/v8-parser.ts'
import type { Target } from './explore.ts'
import { mutateRequest } from './mutate-request.ts'

const MAX_REPLY_BYTES = 4096
const DECISION = newDecisionId(0)
const DETAIL = /^[a-z0-9_]{1,64}$/

export const readerTarget: Target<Request> = { mutate: mutateRequest, run: problemWith }

export function problemWith(request: Request): string | undefined {
  const { kind, method, path, headers, body } = request
  const outcome = readCall(RESOURCES[kind], { form: 'http', method, path, headers, body })
  if (!outcome.ok) {
    const { denial, unread } = outcome
    if (unread.resourceKind !== kind) return 'a refusal does not know its kind'
    if ('detail' in denial && typeof denial.detail === 'string' && !DETAIL.test(denial.detail)) return `a detail that is not one of our words: ${denial.detail}`
    return problemOfReply(renderDenial({ denial, call: unread, decisionId: DECISION, channel: 'grpc' }), unread)
  }
  const { call } = outcome
  const rendered = problemOfReply(renderDenial({ denial: { reason: 'policy_denied' }, call, decisionId: DECISION, channel: 'grpc' }), call)
  if (rendered !== undefined) return rendered
  // A form is no JSON, and GET and DELETE have no body.
  if (body.length === 0 || isForm(request)) return undefined
  const judged = ourJudge(request)
  if (judged === undefined) return 'the same request was allowed and then refused'
  return callDisagreement(request, judged) ?? disagreementWith(v8Parser, lookWithV8({ struct: structOf(request), body }), expectedOf(request, judged))
}

function isForm({ headers }: Request): boolean {
  return headers.some(([name, value]) => name.toLowerCase() === 'content-type' && /^multipart\//i.test(value))
}

function problemOfReply({ status, headers, body }: ReturnType<typeof renderDenial>, call: Call): string | undefined {
  if (!Number.isInteger(status) || status < 200 || status > 499) return `a denial with status ${status}`
  if (Buffer.byteLength(body) >= MAX_REPLY_BYTES) return 'a reply that gateways may cut'
  if (headers.some(([, value]) => !/^[ -~]*$/.test(value))) return 'a header value that is not printable'
  if (body === '') return undefined
  const reply: unknown = JSON.parse(body)
  const wanted: unknown = 'requestId' in call && call.requestId !== undefined ? JSON.parse(call.requestId.lexeme) : undefined
  const echoed: unknown = typeof reply === 'object' && reply !== null && 'id' in reply ? reply.id : undefined
  return call.kind !== 'llm' && echoed !== wanted ? 'a reply with another id' : undefined
}

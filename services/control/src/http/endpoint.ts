// One endpoint of control: reads what the request carries, runs one act, sends what came of it. Holds no rule.
import type { Request, RequestHandler } from 'express'
import { newDecisionId } from '@bailiwick/core'
import type { DecisionId, JsonObject, Result } from '@bailiwick/core'
import type { AuditKind } from '@bailiwick/audit'
import { answerAct } from '../answer-act.ts'
import type { Done } from '../answer-act.ts'
import type { Caller } from '../callers/caller.ts'
import type { ControlDeps, ControlOptions } from '../deps.ts'
import { presentedOf, withoutCredentials } from './presented.ts'
import { sendProblem } from './problem.ts'
import { readJson } from './read-json.ts'

/** What the act is about, as far as the request says it. Nothing of it is validated yet. */
export interface Asked {
  /** The `:id` of the path, or ''. */
  readonly id: string
  readonly query: Readonly<Record<string, unknown>>
  /** The body without the credential; `{}` where the method has none. */
  readonly body: JsonObject
}

export interface Answer {
  readonly status: number
  readonly body: JsonObject | { readonly items: readonly unknown[] }
}

export interface Endpoint<T> {
  readonly kind: AuditKind
  /** As the audit record names it. */
  readonly method: string
  readonly answersUnrecorded?: boolean
  readonly run: (caller: Caller, asked: Asked, decisionId: DecisionId, now: number) => Promise<Result<Done<T>>>
  readonly encode: (value: T) => Answer
}

export type EndpointFactory = <T>(endpoint: Endpoint<T>) => RequestHandler

export function endpointsOf(deps: ControlDeps, options: ControlOptions): EndpointFactory {
  return ({ kind, method, answersUnrecorded = false, run, encode }) =>
    async (request, response) => {
      const body = request.method === 'POST' ? await readJson(request) : undefined
      if (body !== undefined && !body.ok) {
        // Refused before anybody is authenticated: counted, not written one by one.
        const decisionId = newDecisionId(deps.clock.nowMs())
        deps.journal.countRefusal({
          kind: 'refusals',
          decision_id: decisionId,
          effect: 'deny',
          reason: body.denial.reason,
          plane: 'operators',
          door: 'control',
        })
        return sendProblem(response, body.denial, decisionId)
      }
      const id = idOf(request)
      const asked: Asked = { id, query: request.query, body: body === undefined ? {} : withoutCredentials(body.value) }
      const outcome = await answerAct(deps, options.callers, presentedOf(request, body?.value, deps.config), {
        kind,
        door: 'control',
        method,
        ...(id === '' ? {} : { name: id }),
        answersUnrecorded,
        run: (caller, decisionId, now) => run(caller, asked, decisionId, now),
      })
      if (!outcome.ok) return sendProblem(response, outcome.denial, outcome.decisionId)
      const answer = encode(outcome.value)
      response.writeHead(answer.status, { 'content-type': 'application/json', 'cache-control': 'no-store', 'x-bailiwick-decision': outcome.decisionId })
      response.end(`${JSON.stringify(answer.body)}\n`)
    }
}

function idOf(request: Request): string {
  const id = request.params['id']
  return typeof id === 'string' ? id : ''
}

/** 200 confirmed; 202 written but not confirmed (docs/kill-switch.md). */
export function statusOfAcknowledgement(status: 'confirmed' | 'unconfirmed'): number {
  return status === 'confirmed' ? 200 : 202
}

export function nextCursor(next: string | undefined): { next_cursor?: string } {
  return next === undefined ? {} : { next_cursor: next }
}

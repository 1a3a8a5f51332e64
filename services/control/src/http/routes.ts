// The doors of control: decode, one act, encode. Holds no rule.
import { Router } from 'express'
import type { Request, Response } from 'express'
import { newDecisionId, nowSeconds, parseDecisionId, parseRevocationId, parseTaskId } from '@bailiwick/core'
import type { JsonObject } from '@bailiwick/core'
import { answerAct } from '../answer-act.ts'
import type { Act } from '../answer-act.ts'
import { listDecisions, readDecision } from '../decisions/read-decisions.ts'
import type { ControlDeps, ControlOptions } from '../deps.ts'
import { liftHold } from '../revocations/lift-hold.ts'
import { listRevocations, readRevocation } from '../revocations/read-revocations.ts'
import type { Pursuit } from '../revocations/pursuit.ts'
import { parseRevocationRequest } from '../revocations/revocation-request.ts'
import { revoke } from '../revocations/revoke.ts'
import type { Revoked } from '../revocations/revoke.ts'
import { completeTask } from '../tasks/complete-task.ts'
import { createTask } from '../tasks/create-task.ts'
import { listTasks, readTask } from '../tasks/read-tasks.ts'
import { parseTaskRequest } from '../tasks/task-request.ts'
import { followRoute } from './follow-route.ts'
import { parsePage, parseRecordFilter, parseTaskFilter } from './parse-query.ts'
import { presentedOf, withoutCredentials } from './presented.ts'
import { sendProblem } from './problem.ts'
import { readJson } from './read-json.ts'
import { acknowledgementJson, revocationJson, revocationNowJson, revokedJson, taskJson } from './to-json.ts'

/** What a door sends once its act is done. */
interface Answer {
  readonly status: number
  readonly body: JsonObject | { readonly items: readonly unknown[] }
}

export function controlRoutes(deps: ControlDeps & { readonly pursuit: Pursuit }, options: ControlOptions): Router {
  const routes = Router()
  const now = (): number => nowSeconds(deps.clock)

  async function answer<T>(request: Request, response: Response, body: JsonObject | undefined, act: Act<T>, encode: (value: T) => Answer): Promise<void> {
    const outcome = await answerAct(deps, options.callers, presentedOf(request, body), act)
    if (!outcome.ok) return sendProblem(response, outcome.denial, outcome.decisionId)
    const { status, body: answered } = encode(outcome.value)
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', 'x-bailiwick-decision': outcome.decisionId })
    response.end(`${JSON.stringify(answered)}\n`)
  }

  /** Reads the body first; a body that cannot be read is refused before anybody is authenticated, and counted. */
  async function withBody(request: Request, response: Response, next: (body: JsonObject) => Promise<void>): Promise<void> {
    const body = await readJson(request)
    if (body.ok) return await next(body.value)
    const decisionId = newDecisionId(deps.clock.nowMs())
    deps.journal.countRefusal({ kind: 'refusals', decision_id: decisionId, effect: 'deny', reason: body.denial.reason, plane: 'operators', door: 'control' })
    sendProblem(response, body.denial, decisionId)
  }

  routes.post('/v1/tasks', (request, response) =>
    withBody(request, response, (body) =>
      answer(
        request,
        response,
        body,
        {
          kind: 'task',
          door: 'control',
          method: 'create_task',
          run: async (caller, decisionId, at) => {
            const parsed = parseTaskRequest(withoutCredentials(body))
            return parsed.ok ? await createTask(deps, caller, parsed.value, decisionId, at) : parsed
          },
        },
        ({ task, taskToken }) => ({ status: 201, body: { task: taskJson(task, now()), task_token: taskToken } }),
      ),
    ),
  )

  routes.get('/v1/tasks', (request, response) =>
    answer(
      request,
      response,
      undefined,
      {
        kind: 'task',
        door: 'control',
        method: 'list_tasks',
        run: async (caller, decisionId, at) => {
          const filter = parseTaskFilter(request.query)
          return filter.ok ? await listTasks(deps, caller, filter.value, decisionId, at) : filter
        },
      },
      (page) => ({ status: 200, body: { items: page.items.map((task) => taskJson(task, now())), ...nextCursor(page.next) } }),
    ),
  )

  routes.get('/v1/tasks/:id', (request, response) =>
    answer(
      request,
      response,
      undefined,
      {
        kind: 'task',
        door: 'control',
        method: 'read_task',
        name: request.params.id,
        run: (caller, decisionId) => readTask(deps, caller, parseTaskId(request.params.id), decisionId),
      },
      (task) => ({ status: 200, body: { task: taskJson(task, now()) } }),
    ),
  )

  routes.post('/v1/tasks/:id/complete', (request, response) =>
    withBody(request, response, (body) =>
      answer(
        request,
        response,
        body,
        {
          kind: 'task',
          door: 'control',
          method: 'complete_task',
          name: request.params.id,
          run: (caller, decisionId) => completeTask(deps, caller, parseTaskId(request.params.id), decisionId),
        },
        ({ task, acknowledgement }) => ({
          status: acknowledged(acknowledgement.status),
          body: { task: taskJson(task, now()), ...acknowledgementJson(acknowledgement) },
        }),
      ),
    ),
  )

  routes.post('/v1/revocations', (request, response) =>
    withBody(request, response, (body) =>
      answer(
        request,
        response,
        body,
        {
          kind: 'revocation',
          door: 'control',
          method: 'revoke',
          run: async (caller, decisionId, at) => {
            const parsed = parseRevocationRequest(withoutCredentials(body))
            return parsed.ok ? await revoke(deps, caller, parsed.value, decisionId, at) : parsed
          },
        },
        (revoked) => ({ status: revokedStatus(revoked), body: revokedJson(revoked, { id: options.nodeId, nowMs: deps.clock.nowMs() }) }),
      ),
    ),
  )

  routes.get('/v1/revocations', (request, response) =>
    answer(
      request,
      response,
      undefined,
      {
        kind: 'revocation',
        door: 'control',
        method: 'list_revocations',
        run: async (caller, decisionId) => {
          const page = parsePage(request.query)
          return page.ok ? await listRevocations(deps, caller, page.value, decisionId) : page
        },
      },
      (page) => ({ status: 200, body: { items: page.items.map(revocationJson), ...nextCursor(page.next) } }),
    ),
  )

  routes.get('/v1/revocations/:id', (request, response) =>
    answer(
      request,
      response,
      undefined,
      {
        kind: 'revocation',
        door: 'control',
        method: 'read_revocation',
        name: request.params.id,
        run: (caller, decisionId) => readRevocation(deps, caller, parseRevocationId(request.params.id), decisionId),
      },
      (now) => ({ status: 200, body: revocationNowJson(now) }),
    ),
  )

  routes.post('/v1/revocations/:id/lift', (request, response) =>
    withBody(request, response, (body) =>
      answer(
        request,
        response,
        body,
        {
          kind: 'revocation',
          door: 'control',
          method: 'lift_hold',
          name: request.params.id,
          run: (caller, decisionId) => liftHold(deps, caller, parseRevocationId(request.params.id), decisionId),
        },
        ({ revocation, acknowledgement }) => ({
          status: acknowledged(acknowledgement.status),
          body: { ...revocationJson(revocation), ...acknowledgementJson(acknowledgement) },
        }),
      ),
    ),
  )

  routes.get('/v1/decisions', (request, response) =>
    answer(
      request,
      response,
      undefined,
      {
        kind: 'audit_read',
        door: 'control',
        method: 'list_decisions',
        run: async (caller, decisionId) => {
          const filter = parseRecordFilter(request.query)
          return filter.ok ? await listDecisions(deps, caller, filter.value, decisionId) : filter
        },
      },
      (records) => ({ status: 200, body: { items: records, ...nextCursor(records.at(-1)?.seq.toString()) } }),
    ),
  )

  routes.get('/v1/decisions/stream', followRoute(deps, options.callers))

  routes.get('/v1/decisions/:id', (request, response) =>
    answer(
      request,
      response,
      undefined,
      {
        kind: 'audit_read',
        door: 'control',
        method: 'read_decision',
        name: request.params.id,
        run: (caller, decisionId) => readDecision(deps, caller, parseDecisionId(request.params.id), decisionId),
      },
      (records) => ({ status: 200, body: { items: records } }),
    ),
  )

  return routes
}

/** 503: whether it was recorded is not known yet; it is tried again until it is. */
function revokedStatus(revoked: Revoked): number {
  if (revoked.outcome === 'dry_run') return 200
  return revoked.outcome === 'unknown' ? 503 : acknowledged(revoked.outcome.status)
}

/** 200 confirmed; 202 written but not confirmed (DESIGN section 6). */
function acknowledged(status: 'confirmed' | 'unconfirmed'): number {
  return status === 'confirmed' ? 200 : 202
}

function nextCursor(next: string | undefined): { next_cursor?: string } {
  return next === undefined ? {} : { next_cursor: next }
}

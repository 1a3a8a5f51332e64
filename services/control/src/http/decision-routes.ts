// The doors to the audit: a page of records, the records of one decision, all of them live.
import { Router } from 'express'
import { DECISION_ID_FORM, parseDecisionId } from '@bailiwick/core'
import { formatRecordCursor } from '../decisions/find-records.ts'
import { listDecisions, readDecision } from '../decisions/read-decisions.ts'
import type { ControlDeps, ControlOptions } from '../deps.ts'
import { nextCursor } from './endpoint.ts'
import type { EndpointFactory } from './endpoint.ts'
import { followRoute } from './follow-route.ts'
import { pathId } from './path-id.ts'
import { parseRecordQuery } from './parse-query.ts'

export function decisionRoutes(deps: ControlDeps, callers: ControlOptions['callers'], endpoint: EndpointFactory): Router {
  return Router()
    .get(
      '/v1/decisions',
      endpoint({
        kind: 'audit_read',
        method: 'list_decisions',
        run: async (caller, { query }, decisionId) => {
          const asked = parseRecordQuery(query)
          return asked.ok ? await listDecisions(deps, caller, asked.value, decisionId) : asked
        },
        encode: ({ records, next }) => ({ status: 200, body: { items: records, ...nextCursor(next === undefined ? undefined : formatRecordCursor(next)) } }),
      }),
    )
    .get('/v1/decisions/stream', followRoute(deps, callers))
    .get(
      '/v1/decisions/:id',
      endpoint({
        kind: 'audit_read',
        method: 'read_decision',
        run: async (caller, { id }, decisionId) => {
          const asked = pathId(parseDecisionId(id), DECISION_ID_FORM)
          return asked.ok ? await readDecision(deps, caller, asked.value, decisionId) : asked
        },
        encode: (records) => ({ status: 200, body: { items: records } }),
      }),
    )
}

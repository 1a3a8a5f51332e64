// The doors to revocations: revoke, list, read, lift a hold.
import { Router } from 'express'
import { parseRevocationId, REVOCATION_ID_FORM } from '@bailiwick/core'
import type { ControlDeps } from '../deps.ts'
import { createNodes } from '../nodes/nodes.ts'
import { countRevocation } from '../revocations/count-revocation.ts'
import { liftHold } from '../revocations/lift-hold.ts'
import type { Pursuit } from '../revocations/pursuit.ts'
import { listRevocations, readRevocation } from '../revocations/read-revocations.ts'
import { parseRevocationRequest } from '../revocations/revocation-request.ts'
import { revoke } from '../revocations/revoke.ts'
import type { Revoked } from '../revocations/revoke.ts'
import { nextCursor, statusOfAcknowledgement } from './endpoint.ts'
import type { EndpointFactory } from './endpoint.ts'
import { pathId } from './path-id.ts'
import { parsePage } from './parse-query.ts'
import { acknowledgementJson, revocationJson, revocationNowJson, revokedJson } from './to-json.ts'

export function revocationRoutes(deps: ControlDeps & { readonly pursuit: Pursuit }, nodeId: string, endpoint: EndpointFactory): Router {
  const withNodes = { ...deps, nodes: createNodes(deps, nodeId) }
  return Router()
    .post(
      '/v1/revocations',
      endpoint({
        kind: 'revocation',
        method: 'revoke',
        answersUnrecorded: true,
        run: async (caller, { body }, decisionId, at) => {
          const request = parseRevocationRequest(body)
          return request.ok ? countRevocation(deps.metrics, await revoke(withNodes, caller, request.value, decisionId, at)) : request
        },
        encode: (revoked) => ({ status: statusOfRevoked(revoked), body: revokedJson(revoked) }),
      }),
    )
    .get(
      '/v1/revocations',
      endpoint({
        kind: 'revocation',
        method: 'list_revocations',
        run: async (caller, { query }, decisionId) => {
          const page = parsePage(query)
          return page.ok ? await listRevocations(deps, caller, page.value, decisionId) : page
        },
        encode: (page) => ({ status: 200, body: { items: page.items.map(revocationJson), ...nextCursor(page.next) } }),
      }),
    )
    .get(
      '/v1/revocations/:id',
      endpoint({
        kind: 'revocation',
        method: 'read_revocation',
        run: async (caller, { id }, decisionId) => {
          const asked = pathId(parseRevocationId(id), REVOCATION_ID_FORM)
          return asked.ok ? await readRevocation(withNodes, caller, asked.value, decisionId) : asked
        },
        encode: (revocation) => ({ status: 200, body: revocationNowJson(revocation) }),
      }),
    )
    .post(
      '/v1/revocations/:id/lift',
      endpoint({
        kind: 'revocation',
        method: 'lift_hold',
        run: async (caller, { id }, decisionId) => {
          const asked = pathId(parseRevocationId(id), REVOCATION_ID_FORM)
          return asked.ok ? await liftHold(deps, caller, asked.value, decisionId) : asked
        },
        encode: ({ revocation, acknowledgement }) => ({
          status: statusOfAcknowledgement(acknowledgement.status),
          body: { ...revocationJson(revocation), ...acknowledgementJson(acknowledgement) },
        }),
      }),
    )
}

/** 503: whether it was recorded is not known yet; it is tried again until it is. */
function statusOfRevoked({ outcome }: Revoked): number {
  if (outcome === 'dry_run') return 200
  return outcome === 'unknown' ? 503 : statusOfAcknowledgement(outcome.status)
}

// The doors to the store itself: how it stands, and answering although a node is missing.
import { Router } from 'express'
import type { ControlDeps } from '../deps.ts'
import { overrideGate } from '../store/override-gate.ts'
import { readStore } from '../store/read-store.ts'
import type { EndpointFactory } from './endpoint.ts'
import { gateOverriddenJson, storeNowJson } from './to-json.ts'

export function storeRoutes(deps: ControlDeps, endpoint: EndpointFactory): Router {
  return Router()
    .get(
      '/v1/store',
      endpoint({
        kind: 'audit_read',
        method: 'read_store',
        run: async (caller, _asked, decisionId) => await readStore(deps, caller, decisionId),
        encode: (store) => ({ status: 200, body: storeNowJson(deps.config.store.kind, store) }),
      }),
    )
    .post(
      '/v1/store/override-gate',
      endpoint({
        kind: 'store',
        method: 'override_gate',
        run: async (caller, { body }, decisionId) => await overrideGate(deps, caller, body, decisionId),
        encode: (overridden) => ({ status: 200, body: gateOverriddenJson(overridden) }),
      }),
    )
}

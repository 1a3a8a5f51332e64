// Control as a service: tasks, revocations, decisions. Composes the routes; holds no rule.
import { Router } from 'express'
import { createReadiness } from '@bailiwick/runtime'
import type { Service } from '@bailiwick/runtime'
import type { ControlDeps, ControlOptions } from './deps.ts'
import { decisionRoutes } from './http/decision-routes.ts'
import { endpointsOf } from './http/endpoint.ts'
import { nodeRoutes } from './http/node-routes.ts'
import { revocationRoutes } from './http/revocation-routes.ts'
import { storeRoutes } from './http/store-routes.ts'
import { taskRoutes } from './http/task-routes.ts'
import { createPursuit } from './revocations/pursuit.ts'

export function createControl(deps: ControlDeps, options: ControlOptions): Service {
  const pursuit = createPursuit(deps)
  const endpoint = endpointsOf(deps, options)
  return {
    http: Router()
      .use(taskRoutes(deps, endpoint))
      .use(revocationRoutes({ ...deps, pursuit }, options.nodeId, endpoint))
      .use(storeRoutes(deps, endpoint))
      .use(decisionRoutes(deps, options.callers, endpoint))
      .use(options.nodes ? nodeRoutes(deps) : Router()),
    ready: createReadiness(deps.clock, {
      state: () => deps.store.health().then(() => undefined),
      policy: () => deps.decider.health(),
      audit: () => deps.journal.health(),
      keys: () => deps.keys.health(),
    }),
    close: () => {
      pursuit.close()
      return Promise.resolve()
    },
  }
}

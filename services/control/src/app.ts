// Control as a service: tasks, revocations, decisions. Composes the routes; holds no rule.
import { createReadiness } from '@bailiwick/runtime'
import type { Service } from '@bailiwick/runtime'
import type { ControlDeps, ControlOptions } from './deps.ts'
import { controlRoutes } from './http/routes.ts'
import { createPursuit } from './revocations/pursuit.ts'

export function createControl(deps: ControlDeps, options: ControlOptions): Service {
  const pursuit = createPursuit(deps)
  return {
    http: controlRoutes({ ...deps, pursuit }, options),
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

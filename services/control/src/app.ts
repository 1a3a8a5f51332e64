// Control as a service: tasks, revocations, decisions. Composes the routes; holds no rule.
import type { NotReady, Service } from '@bailiwick/runtime'
import type { ControlDeps, ControlOptions } from './deps.ts'
import { controlRoutes } from './http/routes.ts'
import { createPursuit } from './revocations/pursuit.ts'

export function createControl(deps: ControlDeps, options: ControlOptions): Service {
  const pursuit = createPursuit(deps)
  return {
    http: controlRoutes({ ...deps, pursuit }, options),
    ready: async () => {
      const problems: NotReady[] = []
      const add = (check: string, problem: string | undefined): void => {
        if (problem !== undefined) problems.push({ check, problem })
      }
      await deps.store.health().catch((error: unknown) => add('store', error instanceof Error ? error.message : 'not usable'))
      add('policy', await deps.decider.health())
      add('audit', await deps.journal.health())
      add('keys', await deps.keys.health())
      return problems
    },
    close: () => {
      pursuit.close()
      return Promise.resolve()
    },
  }
}

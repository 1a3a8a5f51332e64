// The token service: RFC 8693 exchange, batch, introspection, revocation, metadata. Owns nothing it must close: its dependencies are the
// composition root's.
import { Fault } from '@bailiwick/core'
import type { NotReady, Service } from '@bailiwick/runtime'
import type { TokenExchangeDeps } from './deps.ts'
import { routes } from './http/routes.ts'

export function createTokenExchange(deps: TokenExchangeDeps): Service {
  return {
    http: routes(deps),
    ready: async () => await notReady(deps),
    close: () => Promise.resolve(),
  }
}

async function notReady({ keys, store, decider, journal }: TokenExchangeDeps): Promise<readonly NotReady[]> {
  const checks: readonly (readonly [check: string, probe: () => Promise<string | undefined>])[] = [
    ['keys', () => keys.health()],
    ['store', () => store.health().then(() => undefined)],
    ['policy', () => decider.health()],
    ['journal', () => journal.health()],
  ]
  const problems: NotReady[] = []
  for (const [check, probe] of checks) {
    try {
      const problem = await probe()
      if (problem !== undefined) problems.push({ check, problem })
    } catch (thrown) {
      // A fault's stable code, never its message: that may name files and hosts, and readiness is asked by anybody.
      problems.push({ check, problem: thrown instanceof Fault ? thrown.code : 'failed' })
    }
  }
  return problems
}

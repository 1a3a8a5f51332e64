// The token service: RFC 8693 exchange, batch, introspection, revocation, metadata. Owns nothing it must close: its dependencies are the
// composition root's.
import { createReadiness } from '@bailiwick/runtime'
import type { Service } from '@bailiwick/runtime'
import type { TokenExchangeDeps } from './deps.ts'
import { routes } from './http/routes.ts'

export function createTokenExchange(deps: TokenExchangeDeps): Service {
  return {
    http: routes(deps),
    ready: createReadiness(deps.clock, {
      state: () => deps.store.health().then(() => undefined),
      policy: () => deps.decider.health(),
      audit: () => deps.journal.health(),
      keys: () => deps.keys.health(),
    }),
    close: () => Promise.resolve(),
  }
}

// How a source is shown who asks: nothing, a fixed secret, or an access token of our own.
import type { Clock } from '@bailiwick/core'
import type { HttpSourceAuthentication } from '@bailiwick/config'
import type { Fetch } from './bounded-fetch.ts'
import { createClientCredentials } from './client-credentials.ts'

export interface Bearer {
  /** The token to send; undefined to send none. Throws SourceFault. */
  token(signal: AbortSignal): Promise<string | undefined>
  /** The source refused this token: do not send it again. True where another can be had. */
  refused(token: string): boolean
}

export function createBearer(
  authentication: HttpSourceAuthentication,
  deps: { readonly clock: Clock; readonly fetch: Fetch; readonly closed: AbortSignal },
): Bearer {
  switch (authentication.method) {
    case 'none':
      return { token: async () => undefined, refused: () => false }
    case 'bearer':
      return { token: async () => authentication.secret, refused: () => false }
    case 'client_credentials':
      return createClientCredentials(authentication, deps)
  }
}

// What the load generator is handed, as one file in the run's private folder: addresses, secrets and ready-made tokens. Types only.
import type { JWK } from 'jose'
import type { GatewayKeys } from './write-house.ts'

export interface Supplies {
  /** `http://127.0.0.1:<port>`: the issuer, and where everything listens. */
  readonly url: string
  readonly gatewayKeys: GatewayKeys
  readonly operatorToken: string
  /** Of the decision point the service supervises: `unix:/.../grpc.sock`. */
  readonly cerbosAddress: string
  /** The agent that exchanges. */
  readonly agent: { readonly id: string; readonly key: JWK }
  /** One per live task, for `POST /oauth2/token`. */
  readonly taskTokens: readonly string[]
  /** Few enough to be remembered by the service after one call each. */
  readonly knownTokens: readonly string[]
  /** For the model endpoint, of the same tasks. */
  readonly modelTokens: readonly string[]
  /** As `knownTokens`, bound to the key and to the certificate below. */
  readonly dpopTokens: readonly string[]
  readonly certificateTokens: readonly string[]
  /** The agent's: private. */
  readonly dpopKey: JWK
  /** The agent's, PEM. */
  readonly certificate: string
  /** For `tickets`, a resource without bindings, of the same tasks. */
  readonly unboundTokens: readonly string[]
  /** More than the service remembers: asked in turn, each is verified anew each time. */
  readonly manyTokens: readonly string[]
  /** Live tasks that nothing else uses. */
  readonly revocableTasks: readonly string[]
  readonly payments: string
  /** Resource URIs of one batch. */
  readonly batch: readonly string[]
}

// Something behind the gateway, as configured.
import type { ResourceName } from './ids.ts'

/** Doors that can see a proof of possession. */
export type FinalDoor = 'ext_authz' | 'forward_auth' | 'ext_mcp' | 'v1'

export type ResourceKind = 'mcp' | 'llm'

export interface Resource {
  readonly name: ResourceName
  readonly kind: ResourceKind
  /** The token's `aud`: absolute, normalised (RFC 8707 rules of tokens/resource-uri). */
  readonly uri: string
  readonly tokenLifetimeSeconds: number
  /** Scopes the resource defines; empty means its tokens carry none. */
  readonly scopes: readonly string[]
  /** Per tool: binding key -> JSON pointer into the arguments. Undefined means the resource binds nothing. */
  readonly bind?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Tools, prompts and URIs that need no binding; read only where `bind` is set. */
  readonly unbound: readonly string[]
  readonly mode: 'enforce' | 'shadow'
  /** Tokens that are not bound so are refused. Undefined: bound or not. */
  readonly proof?: 'dpop' | 'mtls' | 'any'
  /** Of several doors that judge one call, the one that spends what counts once. Undefined: each does. */
  readonly finalDoor?: FinalDoor
  /** Leave `authorization` on the forwarded request. */
  readonly forwardToken: boolean
  /** The MCP server itself compares Mcp-* headers with the body. */
  readonly validatesMcpHeaders: boolean
  readonly maxBodyBytes: number
  /** Attributes `/v1/enrich` may hand out for this resource: dotted paths below the principal's attr. */
  readonly enrichAttributes: readonly string[]
}

// The configuration as the services see it: validated, defaulted, compiled and frozen. Made only by `loadConfig`.
// Durations are integer seconds unless the name says otherwise; file contents (keys, JWKS, secrets) are read at load.
import type { Binding, ClientId, JsonObject, Resource, ResourceName } from '@bailiwick/core'
import type { RedisTarget } from './redis/parse-redis-url.ts'
import type { ReplicaPlan } from './redis/replica-plan.ts'

export interface BailiwickConfig {
  /** Where the file lay; relative paths are already absolute. */
  readonly file: string
  readonly issuer: string
  /** What this process runs, without repeats. */
  readonly services: readonly ServiceName[]
  readonly listen: ListenConfig
  readonly dataDirectory: string
  readonly node: NodeConfig
  readonly store: StoreConfig
  readonly keys: KeysConfig
  readonly policy: PolicyConfig
  readonly identity: IdentityConfig
  readonly development: boolean
  readonly control: ControlConfig
  readonly clients: ReadonlyMap<ClientId, ClientConfig>
  readonly resources: ReadonlyMap<ResourceName, Resource>
  /** Of MCP resources whose tools are pinned; no entry, no check. */
  readonly tools: ReadonlyMap<ResourceName, PinnedToolsConfig>
  readonly profiles: readonly ProfileSourceConfig[]
  readonly gateways: readonly GatewayConfig[]
  readonly limits: LimitsConfig
  readonly audit: AuditConfig
  readonly log: { readonly level: 'debug' | 'info' | 'warn' | 'error' }
}

export interface Address {
  readonly host: string
  readonly port: number
}

export type ServiceName = 'token-exchange' | 'enrichment' | 'control'

/** One shared address (development), or one per plane: at least those the services of this process need. */
export type ListenConfig =
  | { readonly shared: Address }
  | {
      readonly agents?: Address
      readonly gateways?: Address
      readonly operators?: Address
      readonly gatewaysSocket?: string
      readonly tls?: ListenTlsConfig
      readonly front?: FrontConfig
    }

/** What ends TLS in front of the agents' plane and tells which certificate it verified. */
export interface FrontConfig {
  readonly certificateHeader: CertificateHeader
  /** How it proves itself, with every request. */
  readonly authentication: Extract<GatewayAuthentication, { readonly method: 'shared_secret' | 'mtls' }>
}

/** Files, not contents: whoever listens reads them again when they change. */
export interface ListenTlsConfig {
  readonly certFile: string
  readonly keyFile: string
  readonly clientCaFile?: string
}

export interface NodeConfig {
  /** This process among all of them: in the journal, in revoke answers, among the nodes of a Redis store. The same after a restart. */
  readonly id: string
  /** How often the revocation canary runs; absent for never. */
  readonly canarySeconds?: number
  /** Where this node sends copies of its records, and how it proves itself there. */
  readonly reports?: {
    /** Origins, each of another control. */ readonly urls: readonly string[]
    /** Text of a private JWK or PEM; absent with a certificate. */ readonly clientKey?: string
  }
  /** Towards control and `keys.jwks`. Contents of PEM files. */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string }
}

export type StoreConfig = { readonly kind: 'sqlite'; readonly file: string } | RedisStoreConfig

export interface RedisStoreConfig {
  readonly kind: 'redis'
  /** With its password. */
  readonly target: RedisTarget
  readonly namespace: string
  /** Nodes that must have put back what they recorded before anybody answers after a failover; undefined: this node alone. */
  readonly controls?: readonly string[]
  readonly replicas: ReplicaPlan
  readonly tls?: RedisTlsConfig
  readonly sentinel: { readonly username?: string; readonly password?: string; readonly tls?: RedisTlsConfig }
  readonly readWithinMs: number
  readonly confirmWithinMs: number
  readonly openWithinMs: number
}

/** Contents of PEM files. */
export interface RedisTlsConfig {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly servername?: string
}

export type KeysConfig =
  | {
      readonly kind: 'directory'
      /** Signing keys, 0700/0600. */
      readonly directory: string
      readonly algorithm: 'ES256' | 'RS256'
    }
  /** Verifies only. */
  | { readonly kind: 'jwks'; readonly url: string }

export type PolicyConfig = { readonly engine: 'supervised'; readonly directory: string } | { readonly engine: 'grpc'; readonly address: string }

export interface IdentityConfig {
  readonly issuers: readonly IssuerConfig[]
  readonly spiffe?: SpiffeConfig
}

export interface IssuerConfig {
  /** First part of every `sub` from this issuer; one alias per issuer for ever. */
  readonly alias: string
  readonly issuer: string
  readonly audiences: readonly string[]
  readonly subjectClaim: string
  readonly tokenTypes: readonly ('id_token' | 'access_token')[]
  readonly accessTokenTyp: readonly string[]
  readonly algorithms: readonly string[]
  readonly kind: 'user'
  /** Clock difference tolerated for this issuer. */
  readonly skewSeconds: number
  /** An id_token older than this is refused. */
  readonly maxAgeSeconds: number
  /** Discovery and JWKS may be plain http: only for a loopback issuer in development. */
  readonly allowHttp: boolean
}

export interface SpiffeConfig {
  readonly trustDomain: string
  /** A SPIFFE bundle document (JWKS with `use`), by file. The Workload API comes later. */
  readonly bundleFile?: string
  readonly workloadApi?: string
}

export interface ControlConfig {
  /** Audiences of access tokens people use at control; disjoint from every issuer's `audiences`. */
  readonly audiences: readonly string[]
  /** Names of configured operators; the embedded default makes one, `operator`. */
  readonly operators: readonly { readonly name: string; readonly rights: readonly OperatorRight[] }[]
  /** Where `operators.json` is. */
  readonly operatorsDirectory: string
}

export type OperatorRight = 'revoke' | 'lift' | 'create' | 'read'

export type ClientKind = 'launcher' | 'agent' | 'resource' | 'node'

export interface ClientConfig {
  readonly id: ClientId
  readonly kind: ClientKind
  readonly name?: string
  readonly authentication: ClientAuthentication
  /** What every token of this client is bound to. Undefined: to the key of the DPoP proof it sends, if any. */
  readonly proof?: 'dpop' | 'mtls'
  /** May create tasks for others: with the subject's token, or for an autonomous agent. */
  readonly mayLaunch: boolean
  /** Issuer aliases whose subjects this launcher may act for. */
  readonly actsFor: readonly string[]
  /** The client's own ceiling. Empty means none, never all. */
  readonly resources: readonly ResourceName[]
  readonly mayDelegateTo: readonly ClientId[]
  readonly scopes: readonly string[]
  /** How an autonomous agent's own task is made at its first exchange. */
  readonly taskTemplate?: TaskTemplate
  /** Clients whose tokens a `kind: resource` client may introspect: its resource. */
  readonly resource?: ResourceName
  readonly agent?: { readonly harness?: string; readonly harnessVersion?: string; readonly model?: string }
}

export type ClientAuthentication =
  | { readonly method: 'private_key_jwt'; readonly jwks: { readonly keys: readonly JsonObject[] }; readonly algorithms: readonly string[] }
  /** `spiffeId` exact, or `spiffeIdPrefix` ending at a whole segment. */
  | { readonly method: 'spiffe_jwt'; readonly spiffeId: string }
  /** An X.509-SVID: this SPIFFE ID, exactly. */
  | { readonly method: 'spiffe_x509'; readonly spiffeId: string }
  /** RFC 8705 section 2.1. Exactly one of the two; `subject` in the order of the certificate, a line each. */
  | { readonly method: 'tls_client_auth'; readonly subject?: string; readonly san?: string }
  /** RFC 8705 section 2.2: `x5t#S256` of each certificate, whoever signed it. */
  | { readonly method: 'self_signed_tls_client_auth'; readonly thumbprints: readonly string[] }
  /** Of nodes alone: the certificate of the connection. Exactly one of the two. */
  | { readonly method: 'mtls'; readonly spiffeId?: string; readonly san?: string }

export interface TaskTemplate {
  readonly resources: readonly ResourceName[]
  readonly lifetimeSeconds: number
  readonly purpose?: string
  readonly binding: Binding
}

interface SourceCommon {
  readonly name: string
  readonly required: boolean
  /** Subjects covered: issuer aliases. Empty means every user subject. */
  readonly issuers: readonly string[]
  /** Profile attribute -> path in the source's answer (`a.b.c`). Each attribute has exactly one owning source. */
  readonly attributes: Readonly<Record<string, string>>
  /** Where roles are read from, and the only values that become Cerbos roles (source value -> role). */
  readonly roles?: { readonly from: string; readonly map: Readonly<Record<string, string>> }
  /** Path of the boolean that tells an account is enabled; absent means the source does not know. */
  readonly active?: string
  readonly ttlSeconds: number
  readonly staleWhileRevalidateSeconds: number
  readonly staleIfErrorSeconds: number
  readonly negativeTtlSeconds: number
  readonly timeoutMs: number
  readonly onError: 'deny' | 'omit'
}

export type ProfileSourceConfig =
  | (SourceCommon & { readonly type: 'static'; readonly subjects: Readonly<Record<string, JsonObject>> })
  | (SourceCommon & {
      readonly type: 'http'
      /** `{id}` is the subject's own id at the issuer, percent-encoded; `{sub}` the whole `sub`. */
      readonly url: string
      /** Path in the answer that must equal the subject's id: an answer about somebody else is an error. */
      readonly subjectAttribute: string
      readonly authentication: HttpSourceAuthentication
      readonly maxBytes: number
    })

export interface PinnedToolsConfig {
  /** Made by `bailiwick tools pin`. Read by whoever uses it, not at load. */
  readonly file: string
  /** At least one. Only one that stands alone has no name. */
  readonly servers: readonly PinnedServerConfig[]
  /** `joined`: calls name a tool of a named server as `<server>_<tool>`. */
  readonly names: 'own' | 'joined'
  /** Undefined: never asked again. */
  readonly refreshSeconds?: number
  /** What becomes of a tool that is not listed as it was pinned. */
  readonly onChange: 'warn' | 'deny'
}

export interface PinnedServerConfig {
  /** As the gateway calls it, where it joins several. */
  readonly name?: string
  /** The server itself, asked with our own credential. */
  readonly url: string
  readonly authentication: HttpSourceAuthentication
}

export type HttpSourceAuthentication =
  | { readonly method: 'none' }
  | { readonly method: 'bearer'; readonly secret: string }
  | {
      readonly method: 'client_credentials'
      readonly issuer: string
      readonly clientId: string
      readonly clientSecret: string
      readonly scope?: string
      readonly allowHttp: boolean
    }

/** Envoy's own, of one hop; RFC 9440. */
export type CertificateHeader = 'x-forwarded-client-cert' | 'client-cert'

export type ResourceFrom = 'fixed' | 'context_extension' | 'path_segment' | 'service_name' | 'request'
export type GatewayDoor = 'ext_authz' | 'v1' | 'forward_auth' | 'ext_mcp' | 'litellm' | 'authzen' | 'cerbos'

export interface GatewayConfig {
  readonly name: string
  readonly doors: readonly GatewayDoor[]
  readonly dialect: 'envoy' | 'agentgateway'
  readonly resources: readonly ResourceName[]
  readonly resourceFrom: ResourceFrom
  /** Only with `resourceFrom: fixed`. */
  readonly resource?: ResourceName
  /** Server behind the gateway -> resource, as a gateway names the servers it joins. Where several are one resource their things are called `server_thing`. */
  readonly serviceNames: Readonly<Record<string, ResourceName>>
  readonly authentication: GatewayAuthentication
  /** Where it tells the certificate of its client's connection: its own word in every request, never its client's. */
  readonly certificateHeader?: CertificateHeader
  /** The gateway that asks again about all it lets pass: nothing that counts once is spent here, and the token goes on. */
  readonly followedBy?: string
  /** May use /v1/enrich; never with loopback. */
  readonly enrich: boolean
}

export type GatewayAuthentication =
  /** SHA-256 of each accepted secret; two while rotating. */
  | { readonly method: 'shared_secret'; readonly secretHashes: readonly Uint8Array[] }
  | { readonly method: 'mtls'; readonly spiffeId?: string; readonly san?: string }
  | { readonly method: 'unix' }
  | { readonly method: 'loopback' }

export interface LimitsConfig {
  readonly mcpBodyBytes: number
  readonly llmBodyBytes: number
  readonly tokenBytes: number
  readonly taskLifetimeSeconds: number
  /** Budget of one gateway decision, and of one exchange. */
  readonly decisionMs: number
  readonly exchangeMs: number
  readonly batchItems: number
}

export interface AuditConfig {
  readonly file: string
  /** Argument names (top level) kept in clear in the record; everything else is masked. */
  readonly clearArguments: readonly string[]
  /** Profile attributes kept in the record. */
  readonly profileAttributes: readonly string[]
  /** Below this much free space nothing is allowed. */
  readonly reservedBytes: number
}

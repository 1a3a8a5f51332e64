// One question in, one decision out: the seam between the doors and the `decide` walk.
import type { Call } from './call.ts'
import type { Deadline } from './clock.ts'
import type { Denial } from './denial.ts'
import type { DecisionId, ResourceName, TaskId } from './ids.ts'
import type { Actor, Subject } from './identity.ts'
import type { JsonObject, JsonValue } from './json-value.ts'
import type { Revision } from './revision.ts'

/** The authenticated way in. A door fills `presented`; only the walk turns it into a configured gateway. */
export interface Channel {
  readonly door: DoorName
  /** What the caller showed to prove which gateway it is. */
  readonly presented: GatewayProof
  /** `127.0.0.1`, a unix socket's `unix`, or the peer's SPIFFE ID, from the connection; never from a header. */
  readonly peer: string
}

export type DoorName = 'ext_authz' | 'forward_auth' | 'ext_mcp' | 'litellm' | 'authzen' | 'cerbos' | 'decide' | 'enrich'

export type GatewayProof =
  /** A secret read from the door's own place (metadata, sub-request header, context extension); never the checked request. */
  | { readonly kind: 'secret'; readonly secret: string }
  | { readonly kind: 'mtls'; readonly spiffeId?: string; readonly sans: readonly string[] }
  | { readonly kind: 'unix' }
  /** Nothing shown. `forwarded` tells that the connection carried proxy headers, which loopback callers may not. */
  | { readonly kind: 'none'; readonly loopback: boolean; readonly forwarded: boolean }

/** Header pairs in wire order, names lower-case, values as received. Repeats are kept. */
export type HeaderList = readonly (readonly [name: string, value: string])[]

export interface HttpForm {
  readonly form: 'http'
  readonly method: string
  /** Path with query, as received. */
  readonly path: string
  readonly headers: HeaderList
  readonly body: Uint8Array | 'absent' | 'partial'
  /** The gateway made text of it, and wrote U+FFFD for whatever was not UTF-8: a body that holds one is not what the client sent. */
  readonly isText?: true
  /** Why the door cannot tell what was asked: a word of ours, for the audit. Such a request is refused, whatever else it holds. */
  readonly unclear?: string
}

export interface McpForm {
  readonly form: 'mcp'
  readonly method: string
  readonly params?: JsonObject | 'unreadable'
  /** Undefined where the gateway does not tell it: then it is what silence means, or the newest revision that has the method. */
  readonly version?: string
  /** Set where the server has answered: the names in a list's answer, or `unlisted` for every other result. */
  readonly result?: readonly string[] | 'unlisted' | 'unreadable'
  /** Set where the arguments of a call are not shown. */
  readonly unseen?: true
}

/**
 * A call as somebody who writes the whole question names it. `kind`: in the words policies are asked in, `mcp:payments` and
 * `tools/call/refund_issue`; `coaz`: in those of COAZ-MCP, `tool` and `tools/call`.
 */
export interface AskedForm {
  readonly form: 'kind' | 'coaz'
  readonly kind: string
  readonly id: string
  readonly action: string
  readonly attr: JsonObject
}

/** A model call the gateway has read itself, in the form of OpenAI's chat completions. */
export interface LlmForm {
  readonly form: 'llm'
  readonly model?: JsonValue
  readonly tools?: JsonValue
}

export type ResourceHint =
  | { readonly from: 'context_extension' | 'path_segment' | 'request' | 'fixed'; readonly value?: string }
  /** The servers behind the gateway that the call goes to, as it names them. */
  | { readonly from: 'service_name'; readonly services: readonly string[] }

/** What a door was told of the caller's possession of a key, beside the headers of the call itself. Looked at only where a token is bound. */
export interface Possession {
  /** The `DPoP` header of a call that comes without its headers; every value. */
  readonly dpop?: readonly string[]
  /** `x5t#S256` of the certificate the client showed, in the words of who writes the question. */
  readonly thumbprint?: string
}

/** What a document asked that there was no time or no memory to read: refused for that, whoever the token is of. */
export interface UndecodedForm {
  readonly form: 'undecoded'
  readonly denial: Denial
}

export type CallForm = HttpForm | McpForm | LlmForm | AskedForm | UndecodedForm

export interface Question {
  readonly channel: Channel
  /** The resource the gateway's own configuration or static context names; the walk checks it against the gateway's list. */
  readonly resourceHint: ResourceHint
  /** The runtime token, where the door read it from its one place; `scheme` where that was an `Authorization` header. */
  readonly credential: { readonly token?: string; readonly scheme?: 'bearer' | 'dpop'; readonly problem?: 'repeated' | 'not_bearer' }
  readonly possession?: Possession
  readonly call: CallForm
  /** The gateway can take single tools out of a model call before it sends it on. */
  readonly canDropTools?: true
  readonly deadline: Deadline
  /** Who called the gateway, as the gateway says of its own connection: recorded where the gateway proved itself, authenticates nobody, and is what a token bound to a certificate is compared with. */
  readonly source?: CallSource
}

export interface CallSource {
  /** URI SAN, DNS SAN or subject of the certificate the client showed, as the gateway verified it. */
  readonly principal?: string
  /** Its `x5t#S256`. */
  readonly certificateSha256?: string
}

/** What a document asks, before it is known who sent it and how much time there is. */
export type AskedQuestion = Omit<Question, 'channel' | 'deadline'>

/** Who the decision is about, as far as it was established. */
export interface Identity {
  readonly subject: Subject
  readonly actor?: Actor
  readonly taskId: TaskId
  readonly clientId: string
}

export interface Decision {
  readonly id: DecisionId
  /** What leaves the door. `shadow_allow` passes and carries the denial that enforcing would have given. */
  readonly effect: 'allow' | 'deny' | 'shadow_allow'
  readonly denial?: Denial
  readonly call: Call
  readonly resource?: ResourceName
  readonly identity?: Identity
  /**
   * Of the names in a list's answer, those this task may know: present wherever such an answer may go on. Of the tools of a model call,
   * those it may go on with: present only where it may not go on with all of them.
   */
  readonly kept?: readonly string[]
  /** The task the verified token names, also where it is not alive any more. */
  readonly taskId?: TaskId
  readonly revision?: Revision
  /** Of an allowed `tools/list`: the tools it may show. Absent where the tools are not pinned, never empty for that reason. */
  readonly allowedTools?: readonly string[]
  /** Leave `authorization` on the forwarded request. */
  readonly forwardToken: boolean
  /** Where the 401 challenge points: the resource's RFC 9728 document. */
  readonly resourceMetadataUrl?: string
}

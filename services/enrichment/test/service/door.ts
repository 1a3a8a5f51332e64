// What a row of the every-door table is. Types only.
import type { HeaderList } from '@bailiwick/core'
import type { Passed } from '@bailiwick/kit/grpc-gateway'
import type { ConfigPatch } from '@bailiwick/kit/test-config'
import type { Running } from './running.ts'

/** What a client sent to a gateway. */
export interface ClientRequest {
  readonly resource: string
  readonly token?: string | undefined
  /** A proof of the key the token is bound to; the token is then shown under the scheme `DPoP`. */
  readonly dpop?: string | undefined
  readonly method: string
  readonly path: string
  /** Without `authorization`. */
  readonly headers: HeaderList
  readonly body?: string | undefined
}

export interface Verdict {
  readonly effect: 'allow' | 'deny'
  readonly reason?: string | undefined
  /** What the gateway then did, where the door's gateway forwards requests. */
  readonly passed?: Passed
}

/** What a case is about: an MCP message, a model call, or what the transport says beside either. */
export type Subject = 'message' | 'model' | 'transport'

export interface Door {
  readonly name: string
  /** As the audit record has it. */
  readonly door: string
  /** Asks through it: an entry of the configuration. */
  readonly gateway: ConfigPatch & { readonly name: string }
  /** `nothing`: of a body. `call`: the gateway has read the call itself, and its transport is not told. */
  readonly sees: 'everything' | 'nothing' | 'call'
  /** What cannot be asked through it, and why. A message or a model call that comes all the same is denied. */
  readonly without: { readonly [subject in Subject]?: string }
  /** The policy is not asked here but by who asks. */
  readonly leavesPolicy?: true
  ask(running: Running, request: ClientRequest): Promise<Verdict>
}

/** `authorization` as its client sent it. */
export function withToken({ headers, token, dpop }: ClientRequest): HeaderList {
  if (token === undefined) return headers
  return dpop === undefined ? [...headers, ['authorization', `Bearer ${token}`]] : [...headers, ['authorization', `DPoP ${token}`], ['dpop', dpop]]
}

export interface Message {
  readonly method: string
  readonly params?: { readonly name?: string; readonly arguments?: object }
  readonly version: string
}

/** As a gateway that parses MCP reads it. */
export function messageOf(body: string | undefined): Message {
  const { method, params }: { method: string; params?: NonNullable<Message['params']> } = JSON.parse(body ?? '{}')
  return { method, ...(params === undefined ? {} : { params }), version: '2025-06-18' }
}

export interface ModelCall {
  readonly model: string
  readonly tools?: readonly { readonly type: string; readonly function: { readonly name: string } }[]
}

/** As a gateway that parses chat completions reads it. */
export function modelCallOf(body: string | undefined): ModelCall {
  const call: ModelCall = JSON.parse(body ?? '{}')
  return call
}

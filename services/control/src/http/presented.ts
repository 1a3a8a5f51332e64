// Decodes who a request says it is. Bodies carry `client_assertion` and `subject_token` as OAuth spells them; a GET has no body, so
// there the assertion comes in the header `client-assertion` (the id of a client with a certificate in `client-id`) and the task's own token as the bearer. Proves nothing.
import type { IncomingMessage } from 'node:http'
import type { JsonObject } from '@bailiwick/core'
import type { BailiwickConfig } from '@bailiwick/config'
import { shownCertificate } from '@bailiwick/tokens'
import type { ClientProof } from '@bailiwick/tokens'
import type { Presented, ShownKeys } from '../callers/caller.ts'

const ASSERTION_TYPES = 'urn:ietf:params:oauth:client-assertion-type:'
const JWT = 'urn:ietf:params:oauth:token-type:jwt'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'

const CREDENTIAL_FIELDS = new Set(['client_assertion', 'client_assertion_type', 'client_id', 'subject_token', 'subject_token_type'])

/** What is left of a body once the credential is taken out: the act itself. */
export function withoutCredentials(body: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !CREDENTIAL_FIELDS.has(name)))
}

export function presentedOf(request: IncomingMessage, body: JsonObject | undefined, config: Pick<BailiwickConfig, 'listen'>): Presented {
  const bearer = credentialOf(request, BEARER)
  const text = (name: string): string | undefined => {
    const value = body?.[name]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const assertion = text('client_assertion')
  const assertionType = text('client_assertion_type')
  const subject = text('subject_token')
  const subjectType = text('subject_token_type')
  const clientId = text('client_id')
  const header = request.headers['client-assertion']
  const shown = shownKeys(request, config)
  if (body === undefined) {
    const proof =
      typeof header === 'string' ? assertionOf(header, request.headers['client-assertion-type']) : certificateOf(request.headers['client-id'], shown)
    if (proof !== undefined) return { proof, ...ownToken(bearer ?? credentialOf(request, BOUND)), shown }
  }
  const ofCertificate = bearer === undefined ? certificateOf(clientId, shown) : undefined
  return {
    shown,
    ...(bearer === undefined ? {} : { bearer }),
    ...(ofCertificate === undefined ? {} : { proof: ofCertificate }),
    ...(assertion === undefined ? {} : { proof: { assertion, assertionType: assertionType ?? '', ...(clientId === undefined ? {} : { clientId }) } }),
    ...(subject === undefined ? {} : { subjectToken: { token: subject, type: subjectType ?? '' } }),
  }
}

function assertionOf(assertion: string, type: string | string[] | undefined): ClientProof {
  return { assertion, assertionType: typeof type === 'string' ? type : `${ASSERTION_TYPES}jwt-bearer` }
}

/** RFC 8705 section 2: the client says who it is, and its connection proves it. */
function certificateOf(clientId: string | string[] | undefined, { certificate }: ShownKeys): ClientProof | undefined {
  return typeof clientId === 'string' && clientId !== '' && certificate !== undefined ? { certificate, clientId } : undefined
}

/** A task token and a runtime token are told apart by what they are; the header has no place for a type. */
function ownToken(bearer: string | undefined): Pick<Presented, 'subjectToken'> {
  return bearer === undefined ? {} : { subjectToken: { token: bearer, type: isTaskToken(bearer) ? JWT : ACCESS_TOKEN } }
}

function isTaskToken(token: string): boolean {
  const header = Buffer.from(token.split('.', 1)[0] ?? '', 'base64url').toString('utf8')
  return header.includes('"task+jwt"')
}

/** `originalUrl` is the whole path, whatever router this is served by. */
function shownKeys(request: IncomingMessage & { readonly originalUrl?: string }, { listen }: Pick<BailiwickConfig, 'listen'>): ShownKeys {
  const { method = '', url = '', originalUrl = url } = request
  const certificate = shownCertificate(request, 'front' in listen ? listen.front : undefined)
  return { dpop: request.headersDistinct['dpop'] ?? [], method, path: originalUrl, ...(certificate === undefined ? {} : { certificate }) }
}

const BEARER = /^Bearer ([A-Za-z0-9._~+/=-]+)$/i
/** RFC 9449 section 7.1: how a token bound to a key is shown. Never an operator's or a person's. */
const BOUND = /^DPoP ([A-Za-z0-9._~+/=-]+)$/i

function credentialOf(request: IncomingMessage, scheme: RegExp): string | undefined {
  const values: string[] = []
  for (let i = 0; i < request.rawHeaders.length; i += 2)
    if (request.rawHeaders[i]?.toLowerCase() === 'authorization') values.push(request.rawHeaders[i + 1] ?? '')
  // Node keeps the first of two; which one a proxy in front judged is unknown.
  if (values.length !== 1) return undefined
  return scheme.exec(values[0] ?? '')?.[1]
}

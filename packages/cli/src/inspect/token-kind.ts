// What a token is, from what it says of itself, and what that kind is good for. A guess by form: nothing is verified here.
import type { JsonObject } from '@bailiwick/core'
import { at, textAt, textsOf } from '../http/json.ts'
import type { ReadToken } from './read-token.ts'

export type TokenKind = 'runtime_token' | 'task_token' | 'client_assertion' | 'jwt_svid' | 'access_token' | 'id_token' | 'unknown'

export interface KindWords {
  readonly title: string
  readonly goodFor: readonly string[]
}

export function kindOf({ header, payload }: ReadToken): TokenKind {
  const typ = textAt(header, 'typ')
    ?.toLowerCase()
    .replace(/^application\//, '')
  const ours = textAt(payload, 'task_id') !== undefined && Array.isArray(at(payload, 'kep'))
  if (typ === 'task+jwt') return 'task_token'
  if (typ === 'at+jwt') return ours ? 'runtime_token' : 'access_token'
  if (typ === 'client-authentication+jwt') return 'client_assertion'
  if (textAt(payload, 'sub')?.startsWith('spiffe://') === true) return 'jwt_svid'
  if (payload['iss'] !== undefined && payload['iss'] === payload['sub'] && payload['jti'] !== undefined) return 'client_assertion'
  if (isIdToken(payload)) return 'id_token'
  return payload['scope'] === undefined && payload['client_id'] === undefined ? 'unknown' : 'access_token'
}

function isIdToken(payload: JsonObject): boolean {
  return ['nonce', 'at_hash', 'c_hash', 'auth_time', 'sid', 'acr', 'amr'].some((name) => payload[name] !== undefined) && payload['scope'] === undefined
}

export function wordsOf(kind: TokenKind, payload: JsonObject): KindWords {
  const audience = textAt(payload, 'aud') ?? textsOf(payload, 'aud').join(', ')
  const client = textAt(payload, 'client_id') ?? 'its client'
  switch (kind) {
    case 'runtime_token':
      return {
        title: 'runtime token',
        goodFor: [
          `calls to ${audience}, through a gateway that asks Bailiwick; every other resource refuses it`,
          'only while its task lives: it is asked at each call',
          `exchanging by ${client}, for another resource of the same task, within its own lifetime and scope`,
        ],
      }
    case 'task_token':
      return {
        title: 'task token',
        goodFor: [
          `the token endpoints of ${audience}, as subject_token, together with the proof of ${client}`,
          'nothing else: every gateway refuses it, and so does every other client',
        ],
      }
    case 'client_assertion':
      return { title: 'client assertion (RFC 7523)', goodFor: [`proving ${textAt(payload, 'sub') ?? 'the client'} to ${audience}, once`] }
    case 'jwt_svid':
      return {
        title: 'JWT-SVID (SPIFFE)',
        goodFor: [
          `proving the workload ${textAt(payload, 'sub') ?? ''} to ${audience}`,
          'at Bailiwick only with its issuer as the one audience: as client_assertion, and as subject_token of an autonomous agent',
        ],
      }
    case 'access_token':
      return {
        title: "somebody else's access token",
        goodFor: [audience, 'at Bailiwick as subject_token of type access_token, or at control, where the configuration lists its issuer and audience'],
      }
    case 'id_token':
      return {
        title: "an identity provider's id_token, by its claims",
        goodFor: [
          'at Bailiwick as subject_token of type id_token, where the configuration lists its issuer and audience',
          'never at a gateway, never at control',
        ],
      }
    case 'unknown':
      return {
        title: 'a JWT of no kind Bailiwick knows',
        goodFor: ['perhaps subject_token of type id_token, where the configuration lists its issuer and audience'],
      }
  }
}

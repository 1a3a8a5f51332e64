// Each claim in words. A table, and how its values are shown. No I/O.
import type { JsonObject } from '@bailiwick/core'
import { actorChainOf } from './actor-chain.ts'
import { clean } from '../terminal/clean.ts'
import { both } from '../terminal/time.ts'

export interface ExplainedClaim {
  readonly name: string
  readonly value: string
  readonly meaning: string
}

const HEADER: Readonly<Record<string, string>> = {
  alg: 'how it is signed',
  typ: 'what kind of token it says it is; each place takes one kind',
  kid: 'which key signed it; removing that key ends every token it signed',
}

const CLAIMS: Readonly<Record<string, string>> = {
  iss: 'who issued it',
  sub: 'on whose authority: the principal policies judge',
  sub_id: 'the same identity where it was proved (RFC 9493)',
  aud: 'where it is accepted',
  client_id: 'the client it was issued to; only that one may exchange it',
  azp: 'the client it was issued to',
  act: 'who acts, outermost first; only the first counts for access, all are audited',
  may_act: 'who may act for the subject',
  task_id: 'the Bailiwick task it belongs to: revoke that, and this token is dead at the next call',
  kep: 'the store at issue, epoch and revision: a node that knows less denies',
  cnf: 'the key it is bound to: without its proof the token is refused',
  scope: 'what it is limited to at its resource',
  jti: 'its own id, in the audit; single tokens are revoked by it',
  iat: 'issued',
  nbf: 'not valid before',
  exp: 'expires',
  auth_time: 'when the user signed in; a cut-off of the user refuses older sign-ins',
  nonce: 'ties it to one sign-in at its client',
}

const TIMES = ['iat', 'nbf', 'exp', 'auth_time', 'updated_at']
const ORDER = ['iss', 'sub', 'sub_id', 'aud', 'client_id', 'act', 'task_id', 'scope', 'iat', 'nbf', 'exp', 'kep', 'cnf', 'jti']

export function explainHeader(header: JsonObject): readonly ExplainedClaim[] {
  return Object.entries(header).map(([name, value]) => ({ name: clean(name), value: valueOf(name, value, 0), meaning: HEADER[name] ?? '' }))
}

export function explainClaims(payload: JsonObject, nowMs: number): readonly ExplainedClaim[] {
  const names = [...ORDER.filter((name) => Object.hasOwn(payload, name)), ...Object.keys(payload).filter((name) => !ORDER.includes(name))]
  return names.map((name) => ({
    name: clean(name),
    value: valueOf(name, payload[name], nowMs),
    meaning: Object.hasOwn(CLAIMS, name) ? (CLAIMS[name] ?? '') : '',
  }))
}

function valueOf(name: string, value: unknown, nowMs: number): string {
  if (TIMES.includes(name) && typeof value === 'number' && Math.abs(value) < 8e12) return both(value * 1000, nowMs)
  if (name === 'act') return clean(actorChainOf(value).join(' < ')) || clean(JSON.stringify(value))
  return clean(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))
}

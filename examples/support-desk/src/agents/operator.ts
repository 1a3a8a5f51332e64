// An operator with the token of the data folder.
import { readFileSync } from 'node:fs'
import type { Household } from '../household/start-household.ts'
import { post, read } from './token-endpoints.ts'
import type { Answer } from './token-endpoints.ts'

export interface RevokeAnswer {
  readonly id: string
  readonly status: 'confirmed' | 'unconfirmed'
  readonly affected: { readonly tasks: number }
  readonly hold: boolean
  readonly can_restart: boolean
  readonly elapsed_ms: number
}

export interface DecisionRecord {
  readonly kind: string
  readonly decision_id: string
  readonly effect: string
  readonly reason?: string
  readonly policy_reason?: string
  readonly subject?: { readonly sub: string }
  readonly actor?: { readonly sub: string }
  readonly resource?: string
  readonly action?: { readonly method?: string; readonly name?: string; readonly args_masked?: unknown }
  readonly policy?: { readonly rule?: string }
}

export interface Operator {
  revoke(scope: { readonly kind: string; readonly id: string }, reason: string, hold?: boolean): Promise<Answer<RevokeAnswer>>
  decisions(query: Readonly<Record<string, string>>): Promise<Answer<{ readonly items: readonly DecisionRecord[] }>>
}

export function operator(house: Household): Operator {
  const headers = { authorization: `Bearer ${readFileSync(house.bailiwick.operatorToken.path, 'utf8').trim()}` }
  return {
    revoke: (scope, reason, hold) => post(`${house.issuer}/v1/revocations`, { scope, reason, ...(hold === undefined ? {} : { hold }) }, headers),
    decisions: async (query) => await read(await fetch(`${house.issuer}/v1/decisions?${new URLSearchParams(query).toString()}`, { headers })),
  }
}

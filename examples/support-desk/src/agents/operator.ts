// An operator with the token of the data folder, over plain HTTP.
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { Household } from '../household/start-household.ts'

const revokeAnswer = z.looseObject({
  status: z.enum(['confirmed', 'unconfirmed']),
  affected: z.looseObject({ tasks: z.number() }),
  hold: z.boolean(),
  elapsed_ms: z.number(),
})
const decisions = z.looseObject({
  items: z.array(
    z.looseObject({ effect: z.string(), policy_reason: z.string().optional(), policy: z.looseObject({ rule: z.string().optional() }).optional() }),
  ),
})

export interface Operator {
  revoke(scope: { readonly kind: string; readonly id: string }, reason: string, hold?: boolean): Promise<z.infer<typeof revokeAnswer>>
  decisions(query: Readonly<Record<string, string>>): Promise<z.infer<typeof decisions>['items']>
}

export interface OperatorAccess {
  /** The operators' plane. */
  readonly url: string
  readonly tokenFile: string
}

/** One call of control, with or without a body; rejects when it is refused. */
export type ControlCall = (path: string, body?: unknown) => Promise<unknown>

export function operator(house: Household): Operator {
  return operatorBy(controlAt({ url: house.issuer, tokenFile: house.bailiwick.operatorToken.path }))
}

export function controlAt({ url, tokenFile }: OperatorAccess): ControlCall {
  const authorization = `Bearer ${readFileSync(tokenFile, 'utf8').trim()}`
  return async (path, body) => {
    const response = await fetch(`${url}${path}`, {
      headers: { authorization, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`control answered ${response.status}: ${await response.text()}`)
    return await response.json()
  }
}

/** Each call throws when it is refused: an operator of the story never is. */
export function operatorBy(call: ControlCall): Operator {
  return {
    revoke: async (scope, reason, hold) => revokeAnswer.parse(await call('/v1/revocations', { scope, reason, ...(hold === undefined ? {} : { hold }) })),
    decisions: async (query) => decisions.parse(await call(`/v1/decisions?${new URLSearchParams(query).toString()}`)).items,
  }
}

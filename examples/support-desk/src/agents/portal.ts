// The support portal: alice signs in here and hands one ticket to the refund agent. The portal sets the binding; the agent never can.
import type { Household } from '../household/start-household.ts'
import { signIn } from '../idp/sign-in.ts'
import { createTask, keyCredential, TOKEN_TYPE } from './token-endpoints.ts'
import type { Answer, CreatedTask } from './token-endpoints.ts'

export interface Delegation {
  readonly person: string
  readonly ticket: string
}

export async function delegateRefund(house: Household, { person, ticket }: Delegation): Promise<Answer<CreatedTask>> {
  const idToken = await signIn(house.idp, person)
  return await createTask(house.issuer, await keyCredential(house.keys.portal, house.issuer), {
    subject_token: idToken,
    subject_token_type: `${TOKEN_TYPE}id_token`,
    agent: 'refund-agent',
    resources: ['models', 'tickets', 'payments'],
    binding: { ticket_id: ticket },
    purpose: `refund for ${ticket}`,
    expires_in: 1800,
    agent_info: { harness: 'support-desk', harness_version: '1.0.0' },
  })
}

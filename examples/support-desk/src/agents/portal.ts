// The support portal: alice signs in here and hands one ticket to the refund agent. The portal sets the binding; the agent never can.
import { createLauncher } from '@bailiwick/client'
import type { CreatedTask } from '@bailiwick/client'
import type { ClientKey } from '../household/keys.ts'
import type { IdentityProvider } from '../idp/identity-provider.ts'
import { signIn } from '../idp/sign-in.ts'

export interface Delegation {
  readonly person: string
  readonly ticket: string
}

export interface PortalHome {
  readonly issuer: string
  readonly idp: Pick<IdentityProvider, 'issuer' | 'portalRedirectUri'>
  readonly keys: { readonly portal: Pick<ClientKey, 'credential'> }
}

/** Throws `BailiwickDenied` when it is refused. */
export async function delegateRefund(house: PortalHome, { person, ticket }: Delegation): Promise<CreatedTask> {
  const portal = createLauncher({ issuer: house.issuer, client: house.keys.portal.credential })
  return await portal.createTask({
    subjectToken: await signIn(house.idp, person),
    subjectTokenType: 'id_token',
    agent: 'refund-agent',
    resources: ['models', 'tickets', 'payments'],
    binding: { ticket_id: ticket },
    purpose: `refund for ${ticket}`,
    expiresIn: 1800,
    agentInfo: { harness: 'support-desk', harnessVersion: '1.0.0' },
  })
}

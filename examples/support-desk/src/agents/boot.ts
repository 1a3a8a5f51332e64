// The two agents of the support desk at boot.
import { bootAgent } from '@bailiwick/client'
import type { Agent } from '@bailiwick/client'
import type { ClientKey, TrustDomain } from '../household/keys.ts'
import { TRIAGE_SPIFFE_ID } from '../household/write-config.ts'

export interface AgentsHome {
  readonly issuer: string
  readonly keys: { readonly refundAgent: Pick<ClientKey, 'credential'>; readonly domain: Pick<TrustDomain, 'workload'> }
}

/** The refund agent, with its own key and the task token somebody handed it. */
export async function bootRefundAgent(house: AgentsHome, taskToken: string): Promise<Agent> {
  return await bootAgent({ issuer: house.issuer, client: house.keys.refundAgent.credential, task: { taskToken } })
}

/** The triage agent, on its workload identity alone. */
export async function bootTriageAgent(house: AgentsHome): Promise<Agent> {
  return await bootAgent({ issuer: house.issuer, client: house.keys.domain.workload(TRIAGE_SPIFFE_ID), task: 'own' })
}

/** What it has tokens for, by name. */
export function holdings(agent: Agent): string {
  return agent.resources.flatMap(({ name }) => name ?? []).join(', ')
}

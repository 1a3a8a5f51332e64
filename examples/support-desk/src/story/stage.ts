// What the story needs of the world it is told in, whether that is one process or a group of containers.
import type { AgentsHome } from '../agents/boot.ts'
import { operator } from '../agents/operator.ts'
import type { Operator } from '../agents/operator.ts'
import { delegateRefund } from '../agents/portal.ts'
import type { Delegation } from '../agents/portal.ts'
import type { Household, McpName } from '../household/start-household.ts'
import { findPdp } from './find-pdp.ts'

/** What a launcher hands to the agent, and what it tells the operator. */
export interface Delegated {
  readonly task: { readonly id: string }
  readonly taskToken: string
}

export interface Stage extends AgentsHome {
  readonly gatewayUrl: string
  /** What the operator may do, asked anew for each act. */
  operator(): Operator
  /** Alice or bob at the support portal. Rejects with `BailiwickDenied` when it is refused. */
  delegate(delegation: Delegation): Promise<Delegated>
  /** How often a tool was carried out; the model's is `completion`. */
  calls(server: McpName | 'models', tool: string): number
  /** Where payments listens, and what an agent meets that goes there itself. */
  readonly roundTheGateway: { readonly url: string; readonly refusal: string }
  /** Absent where nobody here can: then that act is left out. */
  readonly killPolicyEngine?: () => void
}

export function stageOf(house: Household): Stage {
  return {
    issuer: house.issuer,
    gatewayUrl: house.gatewayUrl,
    keys: house.keys,
    operator: () => operator(house),
    delegate: (delegation) => delegateRefund(house, delegation),
    calls: (server, tool) => (server === 'models' ? house.model.calls() : (house.upstreams[server].calls.get(tool) ?? 0)),
    roundTheGateway: { url: house.upstreams.payments.url, refusal: 'http_403' },
    killPolicyEngine: () => void process.kill(findPdp(), 'SIGKILL'),
  }
}

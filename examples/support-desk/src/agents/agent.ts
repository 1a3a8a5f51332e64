// An agent at boot: it proves who it is, gets one token per resource of its task, and opens sessions through the gateway with them.
import type { Household } from '../household/start-household.ts'
import { connect } from './mcp-session.ts'
import type { Connected, Outcome } from './mcp-session.ts'
import { exchangeAll, exchangeOne } from './token-endpoints.ts'
import type { Answer, Credential, Refusal } from './token-endpoints.ts'

/** How this agent proves itself and its task, anew for each call: assertions are good for one use. */
export interface Proof {
  readonly credential: () => Promise<Credential>
  readonly subjectToken: () => Promise<{ readonly token: string; readonly type: string }>
}

export interface Agent {
  readonly taskId: string
  /** By the first path segment at the gateway; a refused one is not here. */
  readonly tokens: ReadonlyMap<string, string>
  connect(resource: string, token?: string): Promise<Connected>
  /** One chat completion through the gateway. */
  ask(model: string): Promise<Outcome>
  exchangeAgain(resource: string): Promise<Answer<{ readonly access_token: string }>>
}

export async function bootAgent(
  house: Household,
  proof: Proof,
): Promise<{ readonly ok: true; readonly agent: Agent } | { readonly ok: false; readonly refusal: Refusal }> {
  const { token, type } = await proof.subjectToken()
  const batch = await exchangeAll(house.issuer, await proof.credential(), token, type)
  if (!batch.ok) return batch
  const tokens = new Map(batch.value.items.flatMap((item) => (item.access_token === undefined ? [] : [[nameOf(item.resource), item.access_token]])))
  return {
    ok: true,
    agent: {
      taskId: batch.value.task_id,
      tokens,
      connect: (resource, with_) => connect(`${house.gatewayUrl}/${resource}/mcp`, with_ ?? tokens.get(resource) ?? ''),
      ask: (model) => complete(`${house.gatewayUrl}/llm/v1/chat/completions`, tokens.get('llm') ?? '', model),
      exchangeAgain: async (resource) => {
        const subject = await proof.subjectToken()
        return await exchangeOne(house.issuer, await proof.credential(), subject.token, subject.type, `${house.gatewayUrl}/${resource}/mcp`)
      },
    },
  }
}

/** `http://gateway/payments/mcp` is `payments`: how this gateway lays out its resources. */
function nameOf(resource: string): string {
  return new URL(resource).pathname.split('/')[1] ?? resource
}

async function complete(url: string, token: string, model: string): Promise<Outcome> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'How much should we refund?' }] }),
  })
  const body = (await response.json()) as { choices?: readonly { message: { content: string } }[]; error?: { message: string; code: string } }
  if (response.ok) return { effect: 'allow', text: body.choices?.[0]?.message.content ?? '' }
  return { effect: 'deny', reason: body.error?.code ?? `http_${response.status}`, message: body.error?.message ?? '' }
}

// One chat completion through the gateway, with whatever HTTP client an agent has.
import type { Agent } from '@bailiwick/client'
import { denialOf } from '@bailiwick/client'
import { z } from 'zod'
import { refusedElsewhere } from './outcome.ts'
import type { Outcome } from './outcome.ts'

const completion = z.looseObject({ choices: z.array(z.looseObject({ message: z.looseObject({ content: z.string() }) })).min(1) })

export async function askModel(gatewayUrl: string, agent: Agent, model: string): Promise<Outcome> {
  const response = await agent.fetch(`${gatewayUrl}/llm/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'How much should we refund?' }] }),
  })
  const denial = await denialOf(response)
  if (denial !== undefined) return { effect: 'deny', denial }
  if (!response.ok) return refusedElsewhere(`http_${response.status}`, await response.text())
  return { effect: 'allow', text: completion.parse(await response.json()).choices[0]?.message.content ?? '' }
}

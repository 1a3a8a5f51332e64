// The refund agent behind one URL, so that a person can make it act with curl and read what it was told. Loopback, for `npm start` only.
import type { Agent } from '@bailiwick/client'
import { bootRefundAgent } from './agents/boot.ts'
import { connect } from './agents/mcp-session.ts'
import { outcomeOf } from './agents/outcome.ts'
import type { Outcome } from './agents/outcome.ts'
import { delegateRefund } from './agents/portal.ts'
import type { Household } from './household/start-household.ts'
import { serve } from './listening.ts'
import type { Running } from './listening.ts'

export interface Desk extends Running {
  /** The task alice delegated when the desk opened. */
  readonly taskId: string
}

export const DESK_PORT = 8428
const TICKET = 'T-1042'

export async function openDesk(house: Household, port: number): Promise<Desk> {
  const first = await startWork(house)
  let agent = first
  const act = async (method: string | undefined, { pathname, searchParams }: URL): Promise<string> => {
    if (method === 'POST' && pathname === '/refund') return await refund(house, agent, searchParams)
    if (method === 'POST' && pathname === '/delegate') {
      const started = await outcomeOf(async () => {
        agent = await startWork(house)
        return agent.taskId
      })
      return told(`alice: delegates ${TICKET}`, started)
    }
    return `POST http://127.0.0.1:${port}/refund?amount=40[&ticket=T-2001], or /delegate for a new task\n`
  }
  const running = await serve(port, (request, response) => {
    act(request.method, new URL(request.url ?? '/', 'http://desk')).then(
      (text) => response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(text),
      (error: unknown) =>
        response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' }).end(`${error instanceof Error ? error.message : 'failed'}\n`),
    )
  })
  return { ...running, taskId: first.taskId }
}

/** Alice delegates, the agent boots. */
async function startWork(house: Household): Promise<Agent> {
  const { taskToken } = await delegateRefund(house, { person: 'alice', ticket: TICKET })
  return await bootRefundAgent(house, taskToken)
}

async function refund(house: Household, agent: Agent, query: URLSearchParams): Promise<string> {
  const amount = Number(query.get('amount') ?? '40')
  if (!Number.isFinite(amount)) return 'amount is a number of dollars: ?amount=40\n'
  const ticket = query.get('ticket') ?? TICKET
  let answered: Outcome | undefined
  const connected = await outcomeOf(async () => {
    const payments = await connect(`${house.gatewayUrl}/payments/mcp`, agent.fetch)
    answered = await payments.call('refund_issue', { ticket_id: ticket, amount_cents: Math.round(amount * 100) })
    await payments.close()
    return 'connected'
  })
  return told(`refund agent, for alice: refund_issue $${amount} on ${ticket}`, answered ?? connected)
}

function told(asked: string, outcome: Outcome): string {
  if (outcome.effect === 'allow') return `${asked}\nallow   ${outcome.text}\n`
  const { reason, message, remediation, decisionId } = outcome.denial
  return [
    asked,
    `deny    ${reason}: ${message}`,
    ...(remediation === undefined ? [] : [`        remediation ${JSON.stringify(remediation)}`]),
    ...(decisionId === undefined ? [] : [`        decision ${decisionId}`]),
    '',
  ].join('\n')
}

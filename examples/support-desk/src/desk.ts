// The refund agent behind one URL, so that a person can make it act with curl and read what it was told. Loopback, for `npm start` only.
import type { Household } from './household/start-household.ts'
import { bootAgent } from './agents/agent.ts'
import type { Agent } from './agents/agent.ts'
import { delegateRefund } from './agents/portal.ts'
import { keyCredential, TOKEN_TYPE } from './agents/token-endpoints.ts'
import type { Refusal } from './agents/token-endpoints.ts'
import { serve } from './listening.ts'
import type { Running } from './listening.ts'

export interface Desk extends Running {
  /** The task alice delegated when the desk opened. */
  readonly taskId: string
}

export const DESK_PORT = 8428
const TICKET = 'T-1042'

export async function openDesk(house: Household, port: number): Promise<Desk> {
  let current = await startWork(house)
  if (typeof current === 'string') throw new Error(current)
  const first = current
  const running = await serve(port, (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://desk')
    const act = async (): Promise<string> => {
      if (request.method !== 'POST') return usage(port)
      if (pathname === '/refund') return typeof current === 'string' ? current : await refund(current, searchParams)
      if (pathname === '/delegate') {
        current = await startWork(house)
        return typeof current === 'string' ? current : `alice delegated ${TICKET} as ${current.taskId}\n`
      }
      return usage(port)
    }
    act().then(
      (text) => response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(text),
      (error: unknown) =>
        response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' }).end(`${error instanceof Error ? error.message : 'failed'}\n`),
    )
  })
  return { ...running, taskId: first.taskId }
}

/** Alice delegates, the agent boots; or the words of who refused. */
async function startWork(house: Household): Promise<Agent | string> {
  const created = await delegateRefund(house, { person: 'alice', ticket: TICKET })
  if (!created.ok) return refusedText('alice delegates the ticket', created.refusal)
  const { task_token: taskToken } = created.value
  const booted = await bootAgent(house, {
    credential: () => keyCredential(house.keys.refundAgent, house.issuer),
    subjectToken: () => Promise.resolve({ token: taskToken, type: `${TOKEN_TYPE}jwt` }),
  })
  return booted.ok ? booted.agent : refusedText('the refund agent boots', booted.refusal)
}

async function refund(agent: Agent, query: URLSearchParams): Promise<string> {
  const amount = Number(query.get('amount') ?? '40')
  const ticket = query.get('ticket') ?? TICKET
  const connected = await agent.connect('payments')
  const outcome = connected.ok ? await connected.session.call('refund_issue', { ticket_id: ticket, amount_cents: Math.round(amount * 100) }) : connected.outcome
  if (connected.ok) await connected.session.close()
  const asked = `refund agent, for alice: refund_issue $${amount} on ${ticket}\n`
  if (outcome.effect === 'allow') return `${asked}allow   ${outcome.text}\n`
  const remediation = outcome.remediation === undefined ? '' : `        remediation ${JSON.stringify(outcome.remediation)}\n`
  return `${asked}deny    ${outcome.reason}: ${outcome.message}\n${remediation}        decision ${outcome.decisionId ?? '-'}\n`
}

function refusedText(what: string, refusal: Refusal): string {
  return `${what}\ndeny    ${refusal.reason}: ${refusal.message}\n`
}

function usage(port: number): string {
  return `POST http://127.0.0.1:${port}/refund?amount=40   and /delegate\n`
}

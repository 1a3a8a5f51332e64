// Shows one scripted answer to one real client, and says what it made of it.
import { ANSWERS, REASON, scriptOf } from './answers.ts'
import type { AnswerCase, Effect } from './answers.ts'
import { everythingIn } from './mcp-client.ts'
import type { ConnectOptions, McpClient, McpSession, Told } from './mcp-client.ts'
import { startScriptedServer } from './scripted-server.ts'

export async function observe(client: McpClient, answerCase: AnswerCase, mode: ConnectOptions['mode']): Promise<Effect> {
  const server = await startScriptedServer(scriptOf(answerCase))
  try {
    const session = await client.open({ url: server.url, mode })
    try {
      if (session.connected.kind !== 'result') throw new Error(`it did not connect: ${session.connected.text}`)
      // The 1.x client checks results against schemas it has seen listed.
      await session.list()
      const told = await meet(session, answerCase)
      const reason = everythingIn(told).includes(REASON) ? 'seen' : 'lost'
      const next = await session.call('allowed')
      return { told: told.kind, reason, session: next.kind === 'result' && next.text === 'fine' ? 'lives' : 'dies' }
    } finally {
      await session.close()
    }
  } finally {
    await server.close()
  }
}

function meet(session: McpSession, { to }: AnswerCase): Promise<Told> {
  switch (to) {
    case 'tools/call':
      return session.call('refused')
    case 'notification':
      return session.notify()
    case 'GET':
      // Clients open it by themselves, right after the handshake.
      return session.list().then(() => ({ kind: 'result', text: '' }))
  }
}

export const WITHOUT_SESSIONS: readonly AnswerCase[] = ANSWERS.filter(({ to }) => to === 'tools/call')

// One agent's session with one MCP server, through the gateway, by the official client; and what it read when it was denied.
import type { Agent } from '@bailiwick/client'
import { denialOf } from '@bailiwick/client'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { outcomeOf, refusedElsewhere } from './outcome.ts'
import type { Outcome } from './outcome.ts'

export interface McpSession {
  call(tool: string, args: Readonly<Record<string, unknown>>): Promise<Outcome>
  close(): Promise<void>
}

/** `fetch` carries the token: `agent.fetch`, or another one where the story needs a wrong token. Throws what the client throws. */
export async function connect(url: string, fetch: Agent['fetch']): Promise<McpSession> {
  const client = new Client({ name: 'support-desk-agent', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } })
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { fetch }))
  return {
    call: async (tool, args) => {
      let refused: Outcome | undefined
      const answer = await outcomeOf(async () => {
        const result = await client.callTool({ name: tool, arguments: { ...args } })
        const text = result.content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n')
        const denial = denialOf(result)
        if (denial !== undefined) refused = { effect: 'deny', denial }
        else if (result.isError === true) refused = refusedElsewhere('tool_error', text)
        return text
      })
      return refused ?? answer
    },
    close: () => client.close(),
  }
}

/** Connects and closes again: may this token speak to this server at all? */
export async function tryToConnect(url: string, fetch: Agent['fetch']): Promise<Outcome> {
  return await outcomeOf(async () => {
    const session = await connect(url, fetch)
    await session.close()
    return 'connected'
  })
}

/** A fetch that shows whatever token it is given: what a confused or hostile agent would do. */
export function withToken(token: string): Agent['fetch'] {
  return (input, init) => {
    const headers = new Headers(init?.headers)
    headers.set('authorization', `Bearer ${token}`)
    return fetch(input, { ...init, headers })
  }
}

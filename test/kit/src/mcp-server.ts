// An MCP server on the official SDK that lists whatever definitions it is given, in pages, and can be changed while it runs: what a rug pull is.
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Server, createMcpHandler } from '@modelcontextprotocol/server'
import type { Tool } from '@modelcontextprotocol/server'

export interface RunningMcpServer {
  readonly url: string
  /** Requests that were answered. */
  readonly asked: () => number
  /** From now on these are listed. */
  list(tools: readonly Tool[]): void
  close(): Promise<void>
}

export interface McpServerOptions {
  readonly pageSize?: number
  /** Asked for in this header with this value; without it 401. */
  readonly key?: readonly [header: string, value: string]
}

export async function startMcpServer(first: readonly Tool[], { pageSize = 1000, key }: McpServerOptions = {}): Promise<RunningMcpServer> {
  let tools = first
  let asked = 0
  const mcp = createMcpHandler(() => {
    const server = new Server({ name: 'kit', version: '1.0.0' }, { capabilities: { tools: {} } })
    server.setRequestHandler('tools/list', ({ params }) => {
      const from = Number(params?.cursor ?? '0')
      const next = from + pageSize
      return { tools: tools.slice(from, next), ...(next < tools.length ? { nextCursor: String(next) } : {}) }
    })
    return server
  })
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (key !== undefined && request.headers[key[0]] !== key[1]) {
      response.writeHead(401).end()
      return
    }
    asked += 1
    const headers = new Headers()
    for (const [name, value] of Object.entries(request.headers)) if (typeof value === 'string') headers.set(name, value)
    const body = request.method === 'POST' ? Buffer.concat(await request.toArray()) : null
    const reply = await mcp.fetch(new Request(`http://${request.headers.host}${request.url}`, { method: request.method ?? 'GET', headers, body }))
    response.writeHead(reply.status, Object.fromEntries(reply.headers))
    response.end(Buffer.from(await reply.arrayBuffer()))
  }
  const http = createServer((request, response) => void answer(request, response).catch(() => response.destroy()))
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const address = http.address()
  if (address === null || typeof address === 'string') throw new Error('not listening')
  return {
    url: `http://127.0.0.1:${address.port}/mcp`,
    asked: () => asked,
    list: (next) => {
      tools = next
    },
    close: async () => {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

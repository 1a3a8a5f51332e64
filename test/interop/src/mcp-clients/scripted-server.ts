// An MCP server on the official SDK, both protocol eras, without authentication, whose answer to one kind of request a test can replace byte for byte: what a
// gateway that refuses does. Everything else is answered by the SDK, so that a session which survived shows it.
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { bridge } from '../../../../examples/support-desk/src/mcp/upstream.ts'

export interface Asked {
  readonly httpMethod: string
  /** Of the JSON-RPC message, where the request carries one. */
  readonly method?: string
  /** Source text, as the answer repeats it. */
  readonly id?: string
  readonly tool?: string
}

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Undefined: the SDK answers. */
export type Script = (asked: Asked) => Answer | undefined

export interface ScriptedServer {
  readonly url: string
  close(): Promise<void>
}

/** `refused` is the tool scripts refuse, with an output schema; `allowed` answers "fine". */
export async function startScriptedServer(script: Script): Promise<ScriptedServer> {
  const mcp = createMcpHandler(() => {
    const server = new McpServer({ name: 'scripted', version: '1.0.0' })
    const outputSchema = z.object({ paid: z.boolean() })
    server.registerTool('refused', { inputSchema: z.object({}), outputSchema }, () => ({ content: [], structuredContent: { paid: true } }))
    server.registerTool('allowed', { inputSchema: z.object({}) }, () => ({ content: [{ type: 'text', text: 'fine' }] }))
    return server
  })
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = Buffer.concat(await request.toArray())
    const scripted = script(readAsked(request.method ?? '', body.toString('utf8')))
    if (scripted === undefined) return bridge(mcp, request, body, response)
    response.writeHead(scripted.status, { 'content-type': 'application/json', ...scripted.headers }).end(scripted.body ?? '')
  }
  const http = createServer((request, response) => void answer(request, response).catch(() => response.destroy()))
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const address = http.address()
  if (address === null || typeof address === 'string') throw new TypeError('listening on a port was expected')
  return {
    url: `http://127.0.0.1:${address.port}/mcp`,
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve())
        http.closeAllConnections()
      }),
  }
}

const MESSAGE = z.looseObject({ method: z.string().optional(), id: z.union([z.string(), z.number()]).optional(), params: z.looseObject({}).optional() })

function readAsked(httpMethod: string, body: string): Asked {
  if (body === '') return { httpMethod }
  const { method, id, params } = MESSAGE.parse(JSON.parse(body))
  const tool = params?.['name']
  return {
    httpMethod,
    ...(method === undefined ? {} : { method }),
    ...(id === undefined ? {} : { id: JSON.stringify(id) }),
    ...(typeof tool === 'string' ? { tool } : {}),
  }
}

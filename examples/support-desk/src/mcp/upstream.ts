// An MCP server of the support desk on the official SDK. It takes calls from the gateway only, counts the tool calls that reached it, and
// remembers who the gateway said was calling.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createMcpHandler } from '@modelcontextprotocol/server'
import type { McpHttpHandler, McpServer } from '@modelcontextprotocol/server'
import { serve } from '../listening.ts'
import type { Listening, Running } from '../listening.ts'
import type { Admission } from './admission.ts'

/** Who the gateway said is calling, from the headers it set. */
export interface CallerHeaders {
  readonly subject: string | undefined
  readonly actor: string | undefined
  readonly task: string | undefined
}

export interface Upstream extends Running {
  /** Tool calls that were carried out here, by tool. */
  readonly calls: ReadonlyMap<string, number>
  readonly lastCaller: () => CallerHeaders | undefined
  /** Requests turned away because they did not come from the gateway. */
  readonly refused: () => number
}

/** What a server's tools call when they run. */
export type CountCall = (tool: string) => void

export async function startUpstream(
  at: number | Listening,
  admits: Admission,
  make: (count: CountCall) => McpServer,
  /** Told of each call as it runs. */
  onCall: (calls: ReadonlyMap<string, number>) => void = () => {},
): Promise<Upstream> {
  const calls = new Map<string, number>()
  let refused = 0
  let lastCaller: CallerHeaders | undefined
  const count: CountCall = (tool) => {
    calls.set(tool, (calls.get(tool) ?? 0) + 1)
    onCall(calls)
  }
  const mcp = createMcpHandler(() => make(count))
  const running = await serve(at, (request, response) => {
    void answer(request, response).catch(() => response.destroy())
  })
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!(await admits(request))) {
      refused += 1
      request.resume()
      response.writeHead(403, { 'content-type': 'text/plain' }).end('This server takes calls from the gateway only.\n')
      return
    }
    lastCaller = { subject: header(request, 'x-bailiwick-subject'), actor: header(request, 'x-bailiwick-actor'), task: header(request, 'x-bailiwick-task') }
    await relay(mcp, request, response)
  }
  return { ...running, calls, lastCaller: () => lastCaller, refused: () => refused }
}

async function relay(mcp: McpHttpHandler, request: IncomingMessage, response: ServerResponse): Promise<void> {
  await bridge(mcp, request, Buffer.concat(await request.toArray()), response)
}

/** From Node's request to the web-standard one the SDK's handler takes, and back, streaming. `body`: all of the request's, already read. */
export async function bridge(mcp: McpHttpHandler, request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) if (typeof value === 'string') headers.set(name, value)
  const method = request.method ?? 'GET'
  const asked = new Request(`http://${request.headers.host}${request.url}`, { method, headers, body: method === 'POST' ? body : null })
  const answer = await mcp.fetch(asked)
  response.writeHead(answer.status, Object.fromEntries(answer.headers))
  if (answer.body === null) response.end()
  else await pipeline(Readable.fromWeb(answer.body), response)
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name]
  return typeof value === 'string' ? value : undefined
}

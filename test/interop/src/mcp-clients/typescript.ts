// The official TypeScript clients, 1.x and 2.x, behind the one interface. They differ in names only.
import { Client as Client2, StreamableHTTPClientTransport as Transport2 } from '@modelcontextprotocol/client'
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { ConnectOptions, McpClient, McpSession, Told } from './mcp-client.ts'

const WHO = { name: 'interop', version: '1.0.0' }
const CAPABILITIES = { roots: { listChanged: true } }
/** Below the SDKs' own 60 s, above what any loopback answer takes. */
const ANSWER_WITHIN_MS = 4_000

/** What both clients have in common, of what is used here. */
interface AnyClient {
  callTool(params: { name: string; arguments: Record<string, unknown> }): Promise<unknown>
  listTools(): Promise<{ tools: readonly { name: string }[] }>
  sendRootsListChanged(): Promise<void>
  close(): Promise<void>
}

export const typescript1: McpClient = {
  name: 'TypeScript 1.x',
  open: async ({ url, headers = {} }) => {
    const client = new Client1(WHO, { capabilities: CAPABILITIES })
    const transport = new Transport1(new URL(url), { requestInit: { headers } })
    return sessionOf(client, () => transport.terminateSession(), await tell(() => client.connect(transport)))
  },
}

export const typescript2: McpClient = {
  name: 'TypeScript 2.x',
  open: async ({ url, headers = {}, mode }: ConnectOptions) => {
    const client = new Client2(WHO, { capabilities: CAPABILITIES, versionNegotiation: { mode } })
    const transport = new Transport2(new URL(url), { requestInit: { headers } })
    return sessionOf(client, () => transport.terminateSession(), await tell(() => client.connect(transport)))
  },
}

function sessionOf(client: AnyClient, terminate: () => Promise<void>, connected: Told): McpSession {
  const live = connected.kind === 'result'
  const when = (ask: () => Promise<unknown>): Promise<Told> => (live ? tell(ask) : Promise.resolve({ kind: 'dead', text: '' }))
  return {
    connected,
    call: (name, args = {}) => when(() => client.callTool({ name, arguments: { ...args } })),
    list: () => when(async () => ({ content: (await client.listTools()).tools.map((tool) => ({ type: 'text', text: tool.name })) })),
    notify: () => when(() => client.sendRootsListChanged()),
    close: async () => {
      const told = await when(terminate)
      await client.close()
      return told
    },
  }
}

async function tell(ask: () => Promise<unknown>): Promise<Told> {
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<Told>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'nothing', text: '' }), ANSWER_WITHIN_MS)
  })
  try {
    return await Promise.race([ask().then(ofResult, ofError), silence])
  } finally {
    clearTimeout(timer)
  }
}

function ofResult(result: unknown): Told {
  if (!isRecord(result)) return { kind: 'result', text: '' }
  const parts: readonly unknown[] = Array.isArray(result['content']) ? result['content'] : []
  const text = parts.flatMap((part) => (isRecord(part) && typeof part['text'] === 'string' ? [part['text']] : [])).join('\n')
  return { kind: result['isError'] === true ? 'tool_error' : 'result', text, data: result['_meta'] }
}

function ofError(error: unknown): Told {
  if (!(error instanceof Error)) return { kind: 'thrown', text: String(error) }
  const code = 'code' in error && typeof error.code === 'number' ? { code: error.code } : {}
  // Of 2.x an HTTP refusal keeps the body as `text` of its data.
  const data = 'data' in error && error.data !== undefined ? { data: error.data } : {}
  return { kind: 'thrown', text: `${error.name}: ${error.message}`, ...code, ...data }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

// One agent's session with one MCP server, through the gateway, by the official client; and what it read when it was denied.
import { Client, ProtocolError, SdkHttpError, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'

export type Outcome =
  | { readonly effect: 'allow'; readonly text: string }
  | {
      readonly effect: 'deny'
      readonly reason: string
      readonly message: string
      readonly remediation?: Readonly<Record<string, unknown>>
      readonly decisionId?: string
    }

export interface McpSession {
  call(tool: string, args: Readonly<Record<string, unknown>>): Promise<Outcome>
  close(): Promise<void>
}

export type Connected = { readonly ok: true; readonly session: McpSession } | { readonly ok: false; readonly outcome: Outcome }

const DECISION_META = 'dev.bailiwick/decision'

export async function connect(url: string, token: string): Promise<Connected> {
  const client = new Client({ name: 'support-desk-agent', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } })
  const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { authorization: `Bearer ${token}` } } })
  try {
    await client.connect(transport)
  } catch (error) {
    return { ok: false, outcome: denialOf(error) }
  }
  return {
    ok: true,
    session: {
      call: async (tool, args) => {
        try {
          const result = await client.callTool({ name: tool, arguments: { ...args } })
          const text = result.content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n')
          if (result.isError !== true) return { effect: 'allow', text }
          return decisionIn(result._meta?.[DECISION_META]) ?? { effect: 'deny', reason: 'tool_error', message: text }
        } catch (error) {
          return denialOf(error)
        }
      },
      close: () => client.close(),
    },
  }
}

/** The denial as the client's error carries it: a JSON-RPC error's data, or the body of an HTTP refusal. */
function denialOf(error: unknown): Outcome {
  if (error instanceof ProtocolError) return decisionIn(error.data) ?? { effect: 'deny', reason: `json_rpc_${error.code}`, message: error.message }
  if (error instanceof SdkHttpError)
    return decisionIn(dataOfBody(error.data['text'])) ?? { effect: 'deny', reason: `http_${error.status}`, message: error.message }
  // The client wraps what went wrong while it negotiated a version.
  if (error instanceof Error && error.cause !== undefined) return denialOf(error.cause)
  throw error
}

function dataOfBody(text: unknown): unknown {
  try {
    const body = JSON.parse(typeof text === 'string' ? text : '') as { error?: { data?: unknown } }
    return body.error?.data ?? body
  } catch {
    return undefined
  }
}

function decisionIn(value: unknown): Outcome | undefined {
  if (typeof value !== 'object' || value === null || !('reason' in value) || typeof value.reason !== 'string') return undefined
  const said = value as { reason: string; message?: string; remediation?: Record<string, unknown>; decision_id?: string }
  return {
    effect: 'deny',
    reason: said.reason,
    message: said.message ?? '',
    ...(said.remediation === undefined ? {} : { remediation: said.remediation }),
    ...(said.decision_id === undefined ? {} : { decisionId: said.decision_id }),
  }
}

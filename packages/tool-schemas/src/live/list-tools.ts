// Every tool a live server lists, by the official client: all pages, each tool as it came. Bounded in time, pages, tools and bytes; follows no
// redirect, keeps no session. What cannot be read whole is a failure, never a shorter list.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { z } from 'zod'
import { byName, toJsonValue, toListedTool } from '../file/listed-tool.ts'
import type { ListedTool } from '../file/listed-tool.ts'
import { MAX_TOOLS } from '../file/tools-file.ts'

export interface LiveServer {
  readonly url: string
  /** Sent with every request; a token among them is nobody's but ours. */
  readonly headers: Readonly<Record<string, string>>
  readonly fetch: typeof fetch
  readonly timeoutMs: number
}

export type LiveTools = { readonly ok: true; readonly tools: readonly ListedTool[] } | { readonly ok: false; readonly problem: string }

const MAX_PAGES = 100
const MAX_ANSWER_BYTES = 8 * 1024 * 1024
/** As loose as the protocol: what the client's own schema does not know must not go unseen. */
const PAGE = z.looseObject({ tools: z.array(z.unknown()), nextCursor: z.string().optional() })

/** Never rejects. `problem` is for an operator: it may name the server's address, never a header. */
export async function listLiveTools({ url, headers, fetch, timeoutMs }: LiveServer): Promise<LiveTools> {
  const signal = AbortSignal.timeout(timeoutMs)
  const client = new Client({ name: 'bailiwick', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } })
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    fetch: bounded(fetch, signal),
    requestInit: { headers, redirect: 'error' },
  })
  try {
    await client.connect(transport, { signal })
    return await allPages(client, signal)
  } catch (thrown) {
    return { ok: false, problem: signal.aborted ? `no answer within ${timeoutMs} ms` : messageOf(thrown) }
  } finally {
    await client.close().catch(() => undefined)
  }
}

async function allPages(client: Client, signal: AbortSignal): Promise<LiveTools> {
  const tools = new Map<string, ListedTool>()
  const cursors = new Set<string>()
  let cursor: string | undefined
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await client.request({ method: 'tools/list', params: cursor === undefined ? {} : { cursor } }, PAGE, { signal })
    for (const listed of answer.tools) {
      const tool = toListedTool(toJsonValue(listed))
      if (tool === undefined) return { ok: false, problem: 'it lists a tool without a name that can be called' }
      if (tools.has(tool.name)) return { ok: false, problem: `it lists ${tool.name} twice` }
      tools.set(tool.name, tool)
      if (tools.size > MAX_TOOLS) return { ok: false, problem: `it lists more than ${MAX_TOOLS} tools` }
    }
    cursor = answer.nextCursor
    if (cursor === undefined) return { ok: true, tools: [...tools.values()].toSorted(byName) }
    if (cursors.has(cursor)) return { ok: false, problem: 'its pages never end' }
    cursors.add(cursor)
  }
  return { ok: false, problem: `it lists more than ${MAX_PAGES} pages` }
}

/** Cuts what is read of all answers together: one that never ends must not fill the memory. */
function bounded(inner: typeof fetch, signal: AbortSignal): typeof fetch {
  let left = MAX_ANSWER_BYTES
  return async (input, init) => {
    const response = await inner(input, { ...init, signal: init?.signal == null ? signal : AbortSignal.any([signal, init.signal]) })
    if (response.body === null) return response
    const counted = response.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          left -= chunk.byteLength
          if (left < 0) controller.error(new Error(`more than ${MAX_ANSWER_BYTES} bytes`))
          else controller.enqueue(chunk)
        },
      }),
    )
    return new Response(counted, { status: response.status, statusText: response.statusText, headers: response.headers })
  }
}

function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'it cannot be asked'
  const cause = thrown.cause instanceof Error ? `: ${thrown.cause.message}` : ''
  return `${thrown.message}${cause}`.slice(0, 300)
}

// Every tool of the servers of one resource, asked all at once, each with its own credential. What some of them listed is told where others could not be asked.
import { joinTools } from '../file/join-tools.ts'
import type { ServerTools, ToolNames } from '../file/join-tools.ts'
import type { ListedTool } from '../file/listed-tool.ts'
import { listLiveTools } from './list-tools.ts'
import type { LiveServer, LiveTools } from './list-tools.ts'

export interface AskedServer {
  /** Undefined for a server that stands alone. */
  readonly name: string | undefined
  readonly url: string
  /** A credential of ours; may reject: then the server cannot be asked. */
  readonly headers: () => Promise<LiveServer['headers']>
}

/** `seen`: of those that could be asked. */
export type LiveServers =
  | { readonly ok: true; readonly tools: readonly ListedTool[] }
  | { readonly ok: false; readonly problem: string; readonly seen: readonly ListedTool[] }

/** Never rejects. */
export async function listLiveServers(servers: readonly AskedServer[], names: ToolNames, how: Pick<LiveServer, 'fetch' | 'timeoutMs'>): Promise<LiveServers> {
  const asked = await Promise.all(servers.map(async (server) => ({ server: server.name, live: await listOne(server, how) })))
  const lists = asked.flatMap(({ server, live }): readonly ServerTools[] => (live.ok ? [{ server, tools: live.tools }] : []))
  const joined = joinTools(lists, names)
  if (!joined.ok) return { ...joined, seen: [] }
  const problems = asked.flatMap(({ server, live }) => (live.ok ? [] : [server === undefined ? live.problem : `${server}: ${live.problem}`]))
  return problems.length === 0 ? joined : { ok: false, problem: problems.join('; '), seen: joined.tools }
}

async function listOne({ url, headers }: AskedServer, { fetch, timeoutMs }: Pick<LiveServer, 'fetch' | 'timeoutMs'>): Promise<LiveTools> {
  let shown: LiveServer['headers']
  try {
    shown = await headers()
  } catch {
    return { ok: false, problem: 'no credential for it can be had' }
  }
  return await listLiveTools({ url, headers: shown, fetch, timeoutMs })
}

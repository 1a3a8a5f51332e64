// Asks pinned servers again, in the background, whether they still list what was pinned. Never on the way of a decision: what it finds is told,
// and where the configuration says so the changed tools are denied until they are as they were, or pinned anew. A server that cannot be asked
// changes nothing that was found before.
import type { ToolNames } from './file/join-tools.ts'
import type { AskedServer, LiveServers } from './live/list-servers.ts'
import type { LiveServer } from './live/list-tools.ts'
import { compareTools } from './file/compare-tools.ts'
import { byName } from './file/listed-tool.ts'
import type { ListedTool } from './file/listed-tool.ts'
import type { ToolChange } from './file/compare-tools.ts'
import type { ToolRegistry } from './registry.ts'

export interface WatchedServer {
  readonly resource: string
  /** All that are joined into the resource; asked for their credentials again each time. */
  readonly servers: readonly AskedServer[]
  readonly names: ToolNames
  readonly everyMs: number
  readonly onChange: 'warn' | 'deny'
}

export interface WatchDeps {
  readonly registry: Pick<ToolRegistry, 'pinned' | 'deny'>
  readonly fetch: LiveServer['fetch']
  /** Each time a server was asked. */
  readonly report: (watched: WatchedTools) => void
  /** Runs `act` once after `ms`, unless the returned function is called before. */
  readonly after: (ms: number, act: () => void) => () => void
}

export interface WatchedTools {
  readonly resource: string
  readonly outcome: 'same' | 'changed' | 'unread'
  /** Of the last time the server could be asked. */
  readonly changes: readonly ToolChange[]
  readonly isDenied: boolean
  readonly problem?: string
}

export interface ToolWatch {
  /** Of every watched server that was asked already. */
  status(): readonly WatchedTools[]
  close(): void
}

const TIMEOUT_MS = 10_000

/** Each server is asked at once and then again `everyMs` after its last answer; never twice at the same time. */
export function watchTools(servers: readonly WatchedServer[], deps: WatchDeps): ToolWatch {
  const known = new Map<string, WatchedTools>()
  const stops = new Map<string, () => void>()
  let closed = false

  const ask = async (server: WatchedServer): Promise<void> => {
    const live = await listSafely(server, deps.fetch)
    if (closed) return
    const watched = judge(server, live, deps.registry.pinned.get(server.resource) ?? [], known.get(server.resource))
    known.set(server.resource, watched)
    if (server.onChange === 'deny') deps.registry.deny(server.resource, new Set(watched.changes.map(({ name }) => name)))
    deps.report(watched)
    plan(server, server.everyMs)
  }
  const plan = (server: WatchedServer, ms: number): void => {
    stops.set(
      server.resource,
      deps.after(ms, () => void ask(server)),
    )
  }

  for (const server of servers) plan(server, 0)
  return {
    status: () => [...known.values()],
    close: () => {
      closed = true
      for (const stop of stops.values()) stop()
    },
  }
}

async function listSafely({ servers, names }: WatchedServer, fetch: LiveServer['fetch']): Promise<LiveServers> {
  try {
    // Loaded with the first watch: who watches nothing need not carry an MCP client.
    const { listLiveServers } = await import('./live/list-servers.ts')
    return await listLiveServers(servers, names, { fetch, timeoutMs: TIMEOUT_MS })
  } catch {
    return { ok: false, problem: 'it cannot be asked', seen: [] }
  }
}

/** Of a server that could not be asked nothing new is known: what it lists is not gone, and what was found of it before stays. */
function judge(
  { resource, onChange }: WatchedServer,
  live: LiveServers,
  pinned: Parameters<typeof compareTools>[0],
  before: WatchedTools | undefined,
): WatchedTools {
  const changes = live.ok ? compareTools(pinned, live.tools) : partlyKnown(pinned, live.seen, before?.changes ?? [])
  const isDenied = changes.length > 0 && onChange === 'deny'
  if (!live.ok) return { resource, outcome: 'unread', changes, isDenied, problem: live.problem }
  return { resource, outcome: changes.length === 0 ? 'same' : 'changed', changes, isDenied }
}

function partlyKnown(pinned: Parameters<typeof compareTools>[0], seen: readonly ListedTool[], before: readonly ToolChange[]): readonly ToolChange[] {
  const names = new Set(seen.map(({ name }) => name))
  const now = compareTools(pinned, seen).filter(({ kind }) => kind !== 'removed')
  return [...now, ...before.filter(({ name }) => !names.has(name))].toSorted(byName)
}

// The tools of several servers that a gateway shows as one, under the names calls arrive with. Pure.
import { byName, toListedTool } from './listed-tool.ts'
import type { ListedTool } from './listed-tool.ts'

/** `own`: the gateway takes its prefix off before it asks. `joined`: calls name `<server>_<tool>`. */
export type ToolNames = 'own' | 'joined'

export interface ServerTools {
  /** Undefined for a server that stands alone. Without the joint in it, so that a joined name has one server. */
  readonly server: string | undefined
  readonly tools: readonly ListedTool[]
}

export type JoinedTools = { readonly ok: true; readonly tools: readonly ListedTool[] } | { readonly ok: false; readonly problem: string }

/** As agentgateway joins them. */
const JOINT = '_'

/** Sorted. Refuses a name that two servers give to different tools: a call of it could be either, and only one of them was reviewed for it. */
export function joinTools(lists: readonly ServerTools[], names: ToolNames): JoinedTools {
  const joined = new Map<string, ListedTool & { readonly of: string }>()
  for (const { server, tools } of lists) {
    for (const tool of tools) {
      const shown = server === undefined || names === 'own' ? tool : toListedTool({ ...tool.definition, name: `${server}${JOINT}${tool.name}` })
      if (shown === undefined) return { ok: false, problem: `${tool.name} of ${server ?? 'the server'} is too long a name once joined` }
      const other = joined.get(shown.name)
      if (other !== undefined && other.digest !== shown.digest)
        return {
          ok: false,
          problem: `${other.of} and ${server ?? 'the server'} both list ${shown.name}, and not the same: give each server a resource of its own`,
        }
      joined.set(shown.name, { ...shown, of: server ?? '' })
    }
  }
  return { ok: true, tools: [...joined.values()].map(({ name, definition, digest }) => ({ name, definition, digest })).toSorted(byName) }
}

// The watch over the servers whose tools are pinned, as this service runs it: with its own credentials, and told in the log, in the numbers and
// beside readiness. Composition only.
import type { Clock } from '@bailiwick/core'
import type { BailiwickConfig, PinnedServerConfig } from '@bailiwick/config'
import { createBearer } from '@bailiwick/profiles'
import type { Logger, Metrics, NotReady } from '@bailiwick/runtime'
import { watchTools } from '@bailiwick/tool-schemas'
import type { ToolRegistry, ToolWatch, WatchedServer, WatchedTools } from '@bailiwick/tool-schemas'
import type { AskedServer } from '@bailiwick/tool-schemas/live'

export interface PinnedToolsDeps {
  readonly config: Pick<BailiwickConfig, 'tools'>
  readonly registry: ToolRegistry
  readonly clock: Clock
  readonly log: Pick<Logger, 'warn' | 'info'>
  readonly metrics: Pick<Metrics, 'toolsCompared'>
}

export interface PinnedToolsWatch {
  notices(): readonly NotReady[]
  close(): void
}

const CREDENTIAL_TIMEOUT_MS = 5_000

export function watchPinnedTools({ config, registry, clock, log, metrics }: PinnedToolsDeps): PinnedToolsWatch {
  const closed = new AbortController()
  const asked = ({ name, url, authentication }: PinnedServerConfig): AskedServer => {
    const bearer = createBearer(authentication, { clock, fetch, closed: closed.signal })
    const headers = async (): Promise<Readonly<Record<string, string>>> => {
      const token = await bearer.token(AbortSignal.any([closed.signal, AbortSignal.timeout(CREDENTIAL_TIMEOUT_MS)]))
      return token === undefined ? {} : { authorization: `Bearer ${token}` }
    }
    return { name, url, headers }
  }
  const servers = [...config.tools].flatMap(([resource, { servers: pinned, names, refreshSeconds, onChange }]): readonly WatchedServer[] =>
    refreshSeconds === undefined ? [] : [{ resource, servers: pinned.map(asked), names, everyMs: refreshSeconds * 1000, onChange }],
  )
  const told = new Map<string, string>()
  const report = (watched: WatchedTools): void => {
    metrics.toolsCompared({ resource: watched.resource, outcome: watched.outcome, changed: watched.changes.length })
    const line = problemOf(watched) ?? ''
    // Said when it changes: the same trouble every five minutes is read by nobody.
    if (line === (told.get(watched.resource) ?? '')) return
    told.set(watched.resource, line)
    if (line === '') log.info({ resource: watched.resource }, 'the server lists its tools as they were pinned')
    else log.warn({ resource: watched.resource, outcome: watched.outcome, tools: namesOf(watched), denied: watched.isDenied }, line)
  }
  const watch: ToolWatch = watchTools(servers, { registry, fetch, report, after })
  return {
    notices: () =>
      watch.status().flatMap((watched) => {
        const problem = problemOf(watched)
        return problem === undefined ? [] : [{ check: 'tools', problem: `${watched.resource}: ${problem}` }]
      }),
    close: () => {
      closed.abort()
      watch.close()
    },
  }
}

/** For the log and for whoever probes: no name of a tool, no address. */
function problemOf({ outcome, changes, isDenied }: WatchedTools): string | undefined {
  const fate = isDenied ? ', denied until they are pinned again' : ''
  if (changes.length > 0) return `${changes.length} of its tools are not as they were pinned${fate}`
  return outcome === 'unread' ? 'whether its tools are as they were pinned is not known' : undefined
}

const MAX_NAMES = 20

function namesOf({ changes }: WatchedTools): readonly string[] {
  return changes.slice(0, MAX_NAMES).map(({ kind, name }) => `${kind} ${name}`)
}

function after(ms: number, act: () => void): () => void {
  const timer = setTimeout(act, ms).unref()
  return () => clearTimeout(timer)
}

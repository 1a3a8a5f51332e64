// Pinned tools: that each file can be enforced, and that the server still lists what is in it. Asks the server as the service would, with the
// credential of the configuration.
import { systemClock } from '@bailiwick/core'
import type { BailiwickConfig, PinnedServerConfig, PinnedToolsConfig } from '@bailiwick/config'
import { createBearer } from '@bailiwick/profiles'
import { compareTools, readToolsFile } from '@bailiwick/tool-schemas'
import type { ToolsFile } from '@bailiwick/tool-schemas'
import type { AskedServer, LiveServers } from '@bailiwick/tool-schemas/live'
import { checkWritable } from './check-configuration.ts'
import type { Recorder } from './finding.ts'

const TIMEOUT_MS = 5_000

export async function checkTools({ tools, resources }: Pick<BailiwickConfig, 'tools' | 'resources'>, found: Recorder): Promise<void> {
  for (const [resource, pinned] of tools) {
    const read = readToolsFile(pinned.file, resource)
    if (!read.ok) {
      found.refuse(`tools.${resource}.file`, `${pinned.file}: expected ${read.problems.join('; ')}`, {
        costs: 'the service does not start',
        mend: `bailiwick tools pin ${resource}, then review the difference`,
      })
      continue
    }
    found.ok(`tools.${resource}.file`, `${resource}: ${read.file.tools.length} tools pinned, and every schema can be enforced`)
    checkWritable(found, `tools.${resource}.writable`, pinned.file, 'whoever can write it decides which tools and arguments pass')
    compare(resource, pinned, read.file, await listAs(pinned), found)
  }
  const bare = [...resources.values()].filter(({ kind, name }) => kind === 'mcp' && !tools.has(name)).map(({ name }) => name)
  if (bare.length > 0) {
    found.advice('tools.unpinned', `nothing is pinned of ${bare.join(', ')}`, {
      costs: 'arguments there are judged by the policy and its schemas alone, and a server that changes its tools is not noticed',
      mend: `bailiwick tools pin ${bare[0] ?? ''} --server URL --file FILE`,
    })
  }
}

function compare(resource: string, { onChange, refreshSeconds }: PinnedToolsConfig, { tools }: ToolsFile, live: LiveServers, found: Recorder): void {
  const check = `tools.${resource}.server`
  if (!live.ok) {
    const costs = 'whether it changed its tools is not known from here'
    if (refreshSeconds === undefined) found.advice(check, `${resource}: its server cannot be asked for its tools (${live.problem})`, { costs })
    else found.unknown(check, `${resource}: its server cannot be asked for its tools (${live.problem})`, { costs, mend: 'tools.url and tools.authentication' })
    return
  }
  const changes = compareTools(tools, live.tools)
  if (changes.length === 0) return found.ok(check, `${resource}: the server lists its tools as they were pinned`)
  const many = changes.length === 1 ? '1 tool is' : `${changes.length} tools are`
  found.warn(check, `${resource}: ${many} not as pinned`, {
    costs: onChange === 'deny' ? 'calls of them are denied' : 'a description that changed steers every model that reads it, and nobody reviewed it',
    mend: `bailiwick tools check ${resource}; if it is meant, bailiwick tools pin ${resource}`,
  })
}

async function listAs({ servers, names }: PinnedToolsConfig): Promise<LiveServers> {
  const { listLiveServers } = await import('@bailiwick/tool-schemas/live')
  return await listLiveServers(servers.map(askedAs), names, { fetch, timeoutMs: TIMEOUT_MS })
}

function askedAs({ name, url, authentication }: PinnedServerConfig): AskedServer {
  return {
    name,
    url,
    headers: async () => {
      const signal = AbortSignal.timeout(TIMEOUT_MS)
      const token = await createBearer(authentication, { clock: systemClock, fetch, closed: signal }).token(signal)
      return token === undefined ? {} : { authorization: `Bearer ${token}` }
    },
  }
}

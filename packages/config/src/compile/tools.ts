// Pinned tools: which file, and how the server is asked whether it still lists them. The file itself is read where it is used: `bailiwick tools
// pin` has to work before there is one.
import { parseResourceName } from '@bailiwick/core'
import type { ResourceName } from '@bailiwick/core'
import type { PinnedServerConfig, PinnedToolsConfig } from '../model.ts'
import type { Path } from '../problem.ts'
import type { RawResource } from '../schema/schema.ts'
import { URL_EXPECTED, checkUrl } from '../loopback.ts'
import { resolvePath } from './bench.ts'
import type { Bench, Entry } from './bench.ts'
import { compileHttpAuthentication } from './http-authentication.ts'

export function compileTools(bench: Bench, entries: readonly Entry<RawResource>[]): ReadonlyMap<ResourceName, PinnedToolsConfig> {
  const tools = new Map<ResourceName, PinnedToolsConfig>()
  for (const { path, raw } of entries) {
    if (raw.tools === undefined) continue
    const at = [...path, 'tools']
    if (raw.kind !== 'mcp') bench.add(at, 'kind: mcp beside this setting', { at: 'key' })
    if (raw.tools.on_change === 'deny' && raw.tools.refresh === undefined)
      bench.add([...at, 'on_change'], 'refresh beside deny: without it no change is ever seen')
    const servers = raw.tools.servers === undefined ? compileServer(bench, at, raw) : compileServers(bench, at, raw.name, raw.tools)
    const name = parseResourceName(raw.name)
    if (name === undefined || servers === undefined) continue
    tools.set(name, {
      file: resolvePath(bench, raw.tools.file),
      servers,
      names: raw.tools.names,
      onChange: raw.tools.on_change,
      ...(raw.tools.refresh === undefined ? {} : { refreshSeconds: raw.tools.refresh }),
    })
  }
  return tools
}

type RawTools = NonNullable<RawResource['tools']>
type RawServer = NonNullable<RawTools['servers']>[number]

/** The one server there is. */
function compileServer(bench: Bench, at: Path, { name, uri, tools }: RawResource): readonly PinnedServerConfig[] | undefined {
  const url = tools?.url ?? uri
  checkServerUrl(bench, [...at, 'url'], url, tools?.url !== undefined)
  if (tools?.names === 'joined') bench.add([...at, 'names'], 'servers beside joined: one server alone has no name')
  const authentication =
    tools === undefined ? undefined : compileHttpAuthentication(bench, [...at, 'authentication'], tools.authentication, { section: 'resources', name })
  return authentication === undefined ? undefined : [{ url, authentication }]
}

function compileServers(bench: Bench, at: Path, resource: string, { servers = [], url, authentication }: RawTools): readonly PinnedServerConfig[] | undefined {
  if (url !== undefined) bench.add([...at, 'url'], 'url or servers, not both')
  if (authentication.method !== 'none') bench.add([...at, 'authentication'], 'authentication of each of the servers: what is one’s is shown to no other')
  if (servers.length === 0) bench.add([...at, 'servers'], 'at least one server')
  const compiled = servers.flatMap((server, index) => compileNamed(bench, [...at, 'servers', index], resource, server, servers.slice(0, index)) ?? [])
  return compiled.length === servers.length && compiled.length > 0 ? compiled : undefined
}

function compileNamed(
  bench: Bench,
  at: Path,
  resource: string,
  { name, url, authentication }: RawServer,
  before: readonly RawServer[],
): PinnedServerConfig | undefined {
  if (before.some((other) => other.name === name)) bench.add([...at, 'name'], 'a name of its own')
  checkServerUrl(bench, [...at, 'url'], url, true)
  const compiled = compileHttpAuthentication(bench, [...at, 'authentication'], authentication, { section: 'resources', name: `${resource}-${name}` })
  return compiled === undefined ? undefined : { name, url, authentication: compiled }
}

function checkServerUrl(bench: Bench, at: Path, url: string, isGiven: boolean): void {
  const checked = checkUrl(url, { http: bench.unsafeAllowed ? 'loopback' : 'never' })
  if (!checked.ok && isGiven) bench.add(at, URL_EXPECTED[checked.problem])
}

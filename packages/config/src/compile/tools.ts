// Pinned tools: which file, and how the server is asked whether it still lists them. The file itself is read where it is used: `bailiwick tools
// pin` has to work before there is one.
import { parseResourceName } from '@bailiwick/core'
import type { ResourceName } from '@bailiwick/core'
import type { PinnedToolsConfig } from '../model.ts'
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
    const checked = checkUrl(raw.tools.url ?? raw.uri, { http: bench.unsafeAllowed ? 'loopback' : 'never' })
    if (!checked.ok && raw.tools.url !== undefined) bench.add([...at, 'url'], URL_EXPECTED[checked.problem])
    const authentication = compileHttpAuthentication(bench, [...at, 'authentication'], raw.tools.authentication, { section: 'resources', name: raw.name })
    const name = parseResourceName(raw.name)
    if (name === undefined || authentication === undefined) continue
    tools.set(name, {
      file: resolvePath(bench, raw.tools.file),
      url: raw.tools.url ?? raw.uri,
      authentication,
      onChange: raw.tools.on_change,
      ...(raw.tools.refresh === undefined ? {} : { refreshSeconds: raw.tools.refresh }),
    })
  }
  return tools
}

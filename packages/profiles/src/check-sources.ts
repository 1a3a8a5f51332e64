// What must hold between sources, checked once at creation. Throws TypeError: the configuration has refused it already, with a place in the file.
import type { ProfileSourceConfig } from '@bailiwick/config'

/** A directory that could name one of these would decide what kind of principal its subject is. */
const BASE_ROLES: ReadonlySet<string> = new Set(['user', 'agent', 'workload', 'client', 'operator'])

export function checkSources(sources: readonly ProfileSourceConfig[]): void {
  const names = new Set<string>()
  const owners = new Map<string, string>()
  for (const source of sources) {
    if (names.has(source.name)) throw new TypeError(`two sources are named "${source.name}"`)
    names.add(source.name)
    for (const attribute of Object.keys(source.attributes)) {
      const owner = owners.get(attribute)
      // Also where they cover different issuers: an attribute that means one thing here and another there is nobody's.
      if (owner !== undefined) throw new TypeError(`attribute "${attribute}" is owned by "${owner}" and "${source.name}"`)
      owners.set(attribute, source.name)
    }
    for (const role of Object.values(source.roles?.map ?? {})) {
      if (BASE_ROLES.has(role)) throw new TypeError(`"${source.name}" maps to the base role "${role}"`)
    }
  }
}

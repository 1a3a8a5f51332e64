// Resources: the audiences tokens are made for and what each tool is tied to.
import { parseResourceName } from '@bailiwick/core'
import type { Resource, ResourceName } from '@bailiwick/core'
import type { LimitsConfig } from '../model.ts'
import type { RawResource } from '../schema/schema.ts'
import { URL_EXPECTED, checkUrl } from '../loopback.ts'
import { checkNoRepeats, checkUnique } from './bench.ts'
import type { Bench, Entry } from './bench.ts'
import { nullRecord } from './null-record.ts'

/** Names already checked by the schema; anything else is left out (and was reported). */
export function brandNames(names: readonly string[]): readonly ResourceName[] {
  return names.flatMap((name) => parseResourceName(name) ?? [])
}

/** Cerbos reads `-`, `_`, `:` and `.` in a kind as one: two kinds that fold together would answer for each other. */
function foldedKind(resource: { readonly name: string }): string {
  return resource.name.replaceAll(/[-_:.]+/g, '_')
}

export function compileResources(
  bench: Bench,
  entries: readonly Entry<RawResource>[],
  limits: LimitsConfig | undefined,
  issuer: string | undefined,
): ReadonlyMap<ResourceName, Resource> {
  checkUnique(
    bench,
    entries,
    foldedKind,
    (entry) => [...entry.path, 'name'],
    'a name that differs from every other resource in more than - _ : and . (policy kinds fold them)',
  )
  checkUnique(
    bench,
    entries,
    (resource) => resource.uri,
    (entry) => [...entry.path, 'uri'],
    'a URI no other resource has: it is the audience of its tokens',
  )
  for (const { path, raw } of entries) {
    // That audience belongs to task tokens and client assertions.
    if (raw.uri === issuer) bench.add([...path, 'uri'], 'a URI other than our own issuer')
  }
  const resources = new Map<ResourceName, Resource>()
  for (const entry of entries) {
    const resource = compileResource(bench, entry, limits)
    if (resource !== undefined) resources.set(resource.name, resource)
  }
  return resources
}

function compileResource(bench: Bench, { path, raw }: Entry<RawResource>, limits: LimitsConfig | undefined): Resource | undefined {
  const name = parseResourceName(raw.name)
  const checked = checkUrl(raw.uri, { http: bench.unsafeAllowed ? 'loopback' : 'never' })
  if (!checked.ok) bench.add([...path, 'uri'], URL_EXPECTED[checked.problem])
  else if (!isPlainPath(raw.uri)) bench.add([...path, 'uri'], 'a URI without a trailing slash, empty segments or encoded dots: it is compared byte for byte')
  const kindLimit = raw.kind === 'mcp' ? limits?.mcpBodyBytes : limits?.llmBodyBytes
  if (raw.max_body !== undefined && kindLimit !== undefined && raw.max_body > kindLimit)
    bench.add([...path, 'max_body'], `a size within limits.${raw.kind}_body`)
  if (limits !== undefined && raw.token_lifetime > limits.taskLifetimeSeconds) bench.add([...path, 'token_lifetime'], 'a lifetime within limits.task_lifetime')
  checkBinding(bench, { path, raw })
  for (const setting of ['scopes', 'unbound', 'enrich_attributes'] as const) checkNoRepeats(bench, [...path, setting], raw[setting])
  if (name === undefined) return undefined
  return {
    name,
    kind: raw.kind,
    uri: raw.uri,
    tokenLifetimeSeconds: raw.token_lifetime,
    scopes: raw.scopes,
    ...(raw.bind === undefined ? {} : { bind: nullRecord(Object.fromEntries(Object.entries(raw.bind).map(([tool, keys]) => [tool, nullRecord(keys)]))) }),
    unbound: raw.unbound,
    mode: raw.mode,
    ...(raw.proof === undefined ? {} : { proof: raw.proof }),
    ...(raw.final_door === undefined ? {} : { finalDoor: raw.final_door }),
    forwardToken: raw.forward_token,
    validatesMcpHeaders: raw.validates_mcp_headers,
    maxBodyBytes: raw.max_body ?? kindLimit ?? 0,
    enrichAttributes: raw.enrich_attributes,
  }
}

function checkBinding(bench: Bench, { path, raw }: Entry<RawResource>): void {
  if (raw.kind !== 'mcp') {
    for (const setting of ['bind', 'unbound', 'validates_mcp_headers'] as const) {
      const given = raw[setting]
      if (given !== undefined && given !== false && !(Array.isArray(given) && given.length === 0))
        bench.add([...path, setting], 'kind: mcp beside this setting', { at: 'key' })
    }
    return
  }
  if (raw.bind === undefined) {
    if (raw.unbound.length > 0) bench.add([...path, 'unbound'], 'bind beside unbound: without bind nothing on this resource is tied to the task', { at: 'key' })
    return
  }
  const bound = raw.bind
  raw.unbound.forEach((name, index) => {
    if (Object.hasOwn(bound, name)) bench.add([...path, 'unbound', index], 'a name that is not in bind')
  })
}

/** Segments that servers read differently never become part of an audience. */
function isPlainPath(uri: string): boolean {
  const afterHost = uri
    .slice(uri.indexOf('//') + 2)
    .split('/')
    .slice(1)
  return afterHost.every((segment) => segment !== '' && !/%2e/i.test(segment) && /^[A-Za-z0-9\-._~:@!$&'()*+,;=%]+$/.test(segment))
}

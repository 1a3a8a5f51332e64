// Profile sources: one owner per attribute, no way to a base role, nothing sent in clear.
import type { ProfileSourceConfig } from '../model.ts'
import type { RawProfile } from '../schema/schema.ts'
import { URL_EXPECTED, checkUrl } from '../loopback.ts'
import { checkNoRepeats, checkReference, checkUnique } from './bench.ts'
import type { Bench, Entry } from './bench.ts'
import { compileHttpAuthentication } from './http-authentication.ts'
import { nullRecord } from './null-record.ts'

/** Given by us from what was proved; a directory that could hand one out would make its users operators. */
const BASE_ROLES: readonly string[] = ['user', 'agent', 'workload', 'client', 'operator']

type RawHttp = Extract<RawProfile, { type: 'http' }>

export function compileProfiles(bench: Bench, entries: readonly Entry<RawProfile>[]): readonly ProfileSourceConfig[] {
  checkUnique(
    bench,
    entries,
    (source) => source.name,
    (entry) => [...entry.path, 'name'],
    'a name no other source has',
  )
  const owners = new Set<string>()
  for (const { path, raw } of entries) {
    for (const attribute of Object.keys(raw.attributes)) {
      if (owners.has(attribute)) bench.add([...path, 'attributes', attribute], 'an attribute no other source owns', { at: 'key' })
      owners.add(attribute)
    }
  }
  return entries.flatMap((entry) => compileSource(bench, entry) ?? [])
}

function compileSource(bench: Bench, { path, raw }: Entry<RawProfile>): ProfileSourceConfig | undefined {
  raw.issuers?.forEach((name, index) => checkReference(bench, [...path, 'issuers', index], 'aliases', name))
  checkNoRepeats(bench, [...path, 'issuers'], raw.issuers ?? [])
  if (raw.required && raw.on_error === 'omit') bench.add([...path, 'on_error'], 'deny, because the source is required (or required: false)')
  for (const [value, role] of Object.entries(raw.roles?.map ?? {})) {
    if (BASE_ROLES.includes(role)) bench.add([...path, 'roles', 'map', value], `a role other than ${BASE_ROLES.join(', ')}: those are never mapped`)
  }
  const common = {
    name: raw.name,
    required: raw.required,
    // Left out means every issuer there is, spelt out here: an empty list never means all.
    issuers: raw.issuers ?? [...bench.named.aliases],
    attributes: nullRecord(raw.attributes),
    ...(raw.roles === undefined ? {} : { roles: { from: raw.roles.from, map: nullRecord(raw.roles.map) } }),
    ...(raw.active === undefined ? {} : { active: raw.active }),
    ttlSeconds: raw.ttl,
    staleWhileRevalidateSeconds: raw.stale_while_revalidate,
    staleIfErrorSeconds: raw.stale_if_error,
    negativeTtlSeconds: raw.negative_ttl,
    timeoutMs: raw.timeout,
    onError: raw.on_error,
  }
  if (raw.type === 'static') {
    for (const sub of Object.keys(raw.subjects)) {
      const alias = sub.slice(0, sub.indexOf(':'))
      if (!common.issuers.includes(alias)) bench.add([...path, 'subjects', sub], 'a subject of an issuer this source covers: <alias>:<id>', { at: 'key' })
    }
    return { ...common, type: 'static', subjects: nullRecord(raw.subjects) }
  }
  checkSourceUrl(bench, path, raw)
  const authentication = compileHttpAuthentication(bench, [...path, 'authentication'], raw.authentication, { section: 'profiles', name: raw.name })
  if (authentication === undefined) return undefined
  return { ...common, type: 'http', url: raw.url, subjectAttribute: raw.subject_attribute, authentication, maxBytes: raw.max_bytes }
}

function checkSourceUrl(bench: Bench, path: Entry<RawHttp>['path'], raw: RawHttp): void {
  const at = [...path, 'url']
  const placeholders = raw.url.match(/\{[^}]*\}?|\}/g) ?? []
  if (placeholders.length === 0 || placeholders.some((name) => name !== '{id}' && name !== '{sub}')) {
    bench.add(at, 'a URL with {id} or {sub}, and no other placeholder')
    return
  }
  const filled = raw.url.replaceAll(/\{(id|sub)\}/g, 'x')
  const checked = checkUrl(filled, { http: bench.unsafeAllowed ? 'loopback' : 'never', query: true })
  if (!checked.ok) bench.add(at, URL_EXPECTED[checked.problem])
  // In the host a subject could choose which server tells who they are.
  else if (!raw.url.startsWith(`${checked.url.origin}/`)) bench.add(at, 'placeholders only after the host')
}

// Issuers and the SPIFFE trust domain.
import { statSync } from 'node:fs'
import type { IdentityConfig, IssuerConfig, SpiffeConfig } from '../model.ts'
import type { RawIdentity } from '../schema/schema.ts'
import { URL_EXPECTED, checkUrl } from '../loopback.ts'
import { checkNoRepeats, checkUnique, resolvePath } from './bench.ts'
import type { Bench, Entry } from './bench.ts'
import { NOT_BUILT } from './not-built.ts'

/** `<alias>:<id>` must never read as another kind of subject. */
const RESERVED_ALIASES: readonly string[] = ['spiffe', 'client', 'operator', 'urn', 'http', 'https']

type RawIssuer = RawIdentity['issuers'][number]

export function compileIdentity(bench: Bench, raw: RawIdentity, ownIssuer: string | undefined): IdentityConfig {
  const entries = raw.issuers.map((issuer, index) => ({ path: ['identity', 'issuers', index], raw: issuer }))
  checkUnique(
    bench,
    entries,
    (issuer) => issuer.alias,
    (entry) => [...entry.path, 'alias'],
    'an alias no other issuer has',
  )
  checkUnique(
    bench,
    entries,
    (issuer) => issuer.issuer,
    (entry) => [...entry.path, 'issuer'],
    'an issuer listed once',
  )
  const issuers = entries.map((entry) => compileIssuer(bench, entry, ownIssuer))
  const spiffe = raw.spiffe === undefined ? undefined : compileSpiffe(bench, raw.spiffe)
  return spiffe === undefined ? { issuers } : { issuers, spiffe }
}

function compileIssuer(bench: Bench, { path, raw }: Entry<RawIssuer>, ownIssuer: string | undefined): IssuerConfig {
  if (RESERVED_ALIASES.includes(raw.alias)) bench.add([...path, 'alias'], `an alias other than ${RESERVED_ALIASES.join(', ')}`)
  const checked = checkUrl(raw.issuer, { http: bench.unsafeAllowed ? 'loopback' : 'never' })
  if (!checked.ok) bench.add([...path, 'issuer'], URL_EXPECTED[checked.problem])
  if (raw.issuer === ownIssuer) bench.add([...path, 'issuer'], 'an issuer other than Bailiwick itself')
  for (const setting of ['audiences', 'token_types', 'access_token_typ', 'algorithms'] as const) checkNoRepeats(bench, [...path, setting], raw[setting])
  if (ownIssuer !== undefined && raw.audiences.includes(ownIssuer)) {
    bench.add([...path, 'audiences'], 'audiences other than our own issuer: that one belongs to task tokens and client assertions')
  }
  const plain = raw.access_token_typ.some((typ) => typ.toLowerCase() === 'task+jwt')
  if (plain) bench.add([...path, 'access_token_typ'], 'a typ other than task+jwt')
  return {
    alias: raw.alias,
    issuer: raw.issuer,
    audiences: raw.audiences,
    subjectClaim: raw.subject_claim,
    tokenTypes: raw.token_types,
    accessTokenTyp: raw.access_token_typ,
    algorithms: raw.algorithms,
    kind: raw.kind,
    skewSeconds: raw.skew,
    maxAgeSeconds: raw.max_age,
    allowHttp: checked.ok && checked.url.protocol === 'http:',
  }
}

function compileSpiffe(bench: Bench, raw: NonNullable<RawIdentity['spiffe']>): SpiffeConfig {
  const path = ['identity', 'spiffe']
  if (raw.workload_api !== undefined) bench.add([...path, 'workload_api'], NOT_BUILT.workloadApi)
  else if (raw.bundle === undefined) bench.add(path, 'bundle: <file>', { at: 'key' })
  if (raw.bundle === undefined) return { trustDomain: raw.trust_domain }
  const bundleFile = resolvePath(bench, raw.bundle)
  if (statSync(bundleFile, { throwIfNoEntry: false })?.isFile() !== true)
    bench.add([...path, 'bundle'], 'a file that exists (paths are relative to the configuration file)')
  return { trustDomain: raw.trust_domain, bundleFile }
}

// The identity providers: that discovery and keys can be had from here, that the document is theirs, and how far their clock is from ours. Verifies no token.
import type { BailiwickConfig, IssuerConfig } from '@bailiwick/config'
import type { Clock, JsonObject } from '@bailiwick/core'
import type { FetchLike } from '../http/endpoint.ts'
import { at, isObject, listOf, parseObject } from '../http/json.ts'
import { readText } from '../http/read-text.ts'
import { codeOf } from './finding.ts'
import type { Recorder } from './finding.ts'

const TIMEOUT_MS = 5_000
const MAX_BYTES = 262_144
/** A `Date` header has whole seconds. */
const RESOLUTION_SECONDS = 1

const UNREACHABLE = "its users' tokens cannot be verified once the keys in memory are too old: no task starts for them"

export interface IssuerDeps {
  readonly fetch: FetchLike
  readonly clock: Clock
}

export async function checkIssuers({ identity }: BailiwickConfig, deps: IssuerDeps, found: Recorder): Promise<void> {
  if (identity.issuers.length === 0) found.ok('issuers', 'none configured: agents act for themselves only')
  for (const issuer of identity.issuers) await checkIssuer(issuer, deps, found)
}

async function checkIssuer(issuer: IssuerConfig, deps: IssuerDeps, found: Recorder): Promise<void> {
  const name = `issuer.${issuer.alias}`
  const refuse = (says: string): void =>
    found.refuse(`${name}.reachable`, `${issuer.issuer} ${says}`, { costs: UNREACHABLE, mend: 'check identity.issuers, DNS and the way out of this machine' })
  const unasked = (): void => found.unknown(`${name}.clock`, `the clock of ${issuer.alias} was not asked`, { costs: CLOCK_COSTS })
  let discovery: Got
  try {
    discovery = await get(`${issuer.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, deps)
  } catch (error) {
    refuse(`cannot be reached (${causeOf(error)})`)
    return unasked()
  }
  if (discovery.body === undefined) {
    refuse(`answers discovery with ${discovery.status}`)
    return unasked()
  }
  checkClock(issuer, name, discovery, found)
  if (discovery.body['issuer'] !== issuer.issuer) return refuse('has a discovery document that names another issuer')
  const jwks = at(discovery.body, 'jwks_uri')
  try {
    const keys = typeof jwks === 'string' && URL.canParse(jwks) ? await get(jwks, deps) : undefined
    const usable = listOf(keys?.body, 'keys').filter((key) => isObject(key) && key['kty'] !== 'oct')
    if (usable.length === 0) return refuse('has no key set with a public key in it')
    found.ok(`${name}.reachable`, `${issuer.issuer} answers; ${usable.length} ${usable.length === 1 ? 'key' : 'keys'}`)
  } catch (error) {
    refuse(`serves no key set (${causeOf(error)})`)
  }
}

const CLOCK_COSTS = 'tokens look expired, too old or from the future, and good users are refused, or dead tokens pass a little longer'

function checkClock({ alias, skewSeconds }: IssuerConfig, name: string, { date, at: asked }: Got, found: Recorder): void {
  if (date === undefined) return found.unknown(`${name}.clock`, `${alias} sends no Date: how far its clock is from ours is not known`, { costs: CLOCK_COSTS })
  const offset = Math.round((date - asked) / 1000)
  const says = `${alias}: ${Math.abs(offset) <= RESOLUTION_SECONDS ? 'the same time as here' : `${Math.abs(offset)} s ${offset > 0 ? 'ahead' : 'behind'}`} (${skewSeconds} s are tolerated)`
  if (Math.abs(offset) > skewSeconds + RESOLUTION_SECONDS)
    found.refuse(`${name}.clock`, says, { costs: CLOCK_COSTS, mend: 'run a time service (chrony, systemd-timesyncd) here and there' })
  else if (Math.abs(offset) > skewSeconds / 2 + RESOLUTION_SECONDS)
    found.warn(`${name}.clock`, says, { costs: CLOCK_COSTS, mend: 'run a time service here and there' })
  else found.ok(`${name}.clock`, says)
}

interface Got {
  readonly status: number
  readonly body?: JsonObject
  /** Its clock, and ours half-way between question and answer. */
  readonly date?: number
  readonly at: number
}

async function get(url: string, { fetch, clock }: IssuerDeps): Promise<Got> {
  const began = clock.nowMs()
  const response = await fetch(new URL(url), { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS), headers: { accept: 'application/json' } })
  const middle = (began + clock.nowMs()) / 2
  const date = Date.parse(response.headers.get('date') ?? '')
  const text = await readText(response, MAX_BYTES)
  const body = response.ok && text !== undefined ? parseObject(text) : undefined
  return { status: response.status, at: middle, ...(body === undefined ? {} : { body }), ...(Number.isNaN(date) ? {} : { date }) }
}

function causeOf(error: unknown): string {
  return codeOf(error instanceof Error && error.cause !== undefined ? error.cause : error)
}

// An Envoy configuration (YAML or JSON): everything by which ext_authz could be open, late, blind or gone around.
import { BYPASS, CUT_SHORT, KEY_HEADER, OPEN, RETRIED, SPOOFED, UNPROVED, UNREAD, lintTimeout, mostBytes } from './rule.ts'
import type { Lint } from './rule.ts'
import { durationMs, isMap } from './yaml-maps.ts'
import type { YamlMap } from './yaml-maps.ts'

const FILTER = 'extensions.filters.http.ext_authz.v3.ExtAuthz'
const PER_ROUTE = 'extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute'
const MANAGER = 'HttpConnectionManager'

export function isEnvoy(maps: readonly YamlMap[]): boolean {
  return maps.some((map) => map.has('static_resources') || typeOf(map).endsWith(FILTER))
}

export function lintEnvoy(maps: readonly YamlMap[], lint: Lint): void {
  const filters = maps.filter((map) => typeOf(map).endsWith(FILTER))
  if (filters.length === 0) lint.found.refuse('envoy.ext_authz', 'no ext_authz filter anywhere in this file', BYPASS)
  for (const filter of filters) lintFilter(filter, maps, lint)
  for (const map of maps) {
    const where = `line ${map.line}`
    if (typeOf(map).endsWith(PER_ROUTE)) {
      if (map.get('disabled') === true) lint.found.refuse('envoy.per_route', `${where}: ext_authz is disabled here`, BYPASS)
      if (map.at('check_settings')?.get('disable_request_body_buffering') === true)
        lint.found.refuse('envoy.per_route_body', `${where}: disable_request_body_buffering`, UNREAD)
    }
    if (map.has('retry_policy')) lint.found.refuse('envoy.retry', `${where}: a retry_policy on what passes ext_authz`, RETRIED)
    if (typeOf(map).endsWith(MANAGER) && hasFilter(map)) lintManager(map, lint)
  }
}

function lintFilter(filter: YamlMap, maps: readonly YamlMap[], lint: Lint): void {
  const { found } = lint
  const where = `line ${filter.line}`
  if (filter.get('failure_mode_allow') === true) found.refuse('envoy.failure_mode', `${where}: failure_mode_allow: true`, OPEN)
  const enabled = filter.at('filter_enabled')
  if (enabled !== undefined && !isWhole(enabled))
    found.refuse('envoy.filter_enabled', `${where}: filter_enabled lets a share of the requests around the question`, BYPASS)
  if (filter.has('filter_enabled_metadata'))
    found.refuse('envoy.filter_enabled', `${where}: filter_enabled_metadata decides which requests are asked about`, BYPASS)
  if (filter.at('deny_at_disable')?.get('default_value') === false) found.refuse('envoy.deny_at_disable', `${where}: deny_at_disable: false`, BYPASS)
  const body = filter.at('with_request_body')
  if (body === undefined) found.refuse('envoy.body', `${where}: no with_request_body`, UNREAD)
  else {
    if (body.get('allow_partial_message') === true) found.refuse('envoy.partial_body', `${where}: allow_partial_message: true`, UNREAD)
    if (body.get('pack_as_bytes') !== true)
      found.warn('envoy.pack_as_bytes', `${where}: without pack_as_bytes bytes that are not UTF-8 are lost on the way`, UNREAD)
  }
  if (filter.get('clear_route_cache') === true) {
    found.warn('envoy.route_cache', `${where}: clear_route_cache: true`, {
      costs: 'the route, and with it the server, may be another one than the decision was about',
    })
  }
  const shown = filter.get('max_denied_response_body_bytes')
  if (typeof shown === 'number' && shown > 0 && shown < 4096)
    found.warn('envoy.denied_body', `${where}: max_denied_response_body_bytes ${shown}`, {
      costs: 'the reason of a denial is cut short, and MCP clients cannot parse it',
    })
  if (filter.has('decoder_header_mutation_rules'))
    found.warn('envoy.mutation_rules', `${where}: decoder_header_mutation_rules may drop identity headers`, SPOOFED)
  if (filter.get('validate_mutations') !== true)
    found.warn('envoy.validate_mutations', `${where}: no validate_mutations: true`, { costs: 'a header that Envoy will not take is dropped without a word' })
  const grpc = filter.at('grpc_service')
  const http = filter.at('http_service')
  // A route may let more through than the filter does.
  const bodyBytes = mostBytes(...maps.map((map) => map.at('with_request_body')?.get('max_request_bytes')))
  const timeout = durationMs(grpc?.get('timeout') ?? http?.at('server_uri')?.get('timeout'))
  if (timeout === undefined)
    found.warn('envoy.timeout', `${where}: no timeout; the default is 200 ms, and Bailiwick answers within ${lint.answersWithinMs(bodyBytes)} ms`, CUT_SHORT)
  else lintTimeout(lint, 'envoy.timeout', where, { timeoutMs: timeout, bodyBytes })
  if (grpc !== undefined) {
    if (filter.get('encode_raw_headers') !== true)
      found.warn('envoy.raw_headers', `${where}: no encode_raw_headers: true`, {
        costs: 'a header that is sent twice arrives joined, and bytes outside ASCII as "!"',
      })
    lintKey(grpc.get('initial_metadata'), maps, where, { found })
  }
  if (http !== undefined) lintHttp(filter, http, where, { found })
}

function lintKey(entries: unknown, maps: readonly YamlMap[], where: string, { found }: Pick<Lint, 'found'>): void {
  const list: readonly unknown[] = Array.isArray(entries) ? entries : []
  const key = list.find((entry) => isMap(entry) && entry['key'] === KEY_HEADER)
  const isElsewhere = maps.some((map) => map.has('bailiwick_key'))
  if (key === undefined && !isElsewhere) found.refuse('envoy.key', `${where}: nothing that shows which gateway this is`, UNPROVED)
  if (isMap(key) && typeof key['value'] === 'string' && !key['value'].includes('%'))
    found.warn('envoy.key_in_file', `${where}: the gateway's secret is written in this file`, {
      costs: 'whoever reads the file can ask as this gateway',
      mend: '%ENVIRONMENT(BAILIWICK_GATEWAY_KEY)%',
    })
}

function lintHttp(filter: YamlMap, http: YamlMap, where: string, { found }: Pick<Lint, 'found'>): void {
  if (!http.text('path_prefix').startsWith('/forward-auth/envoy/'))
    found.refuse('envoy.path_prefix', `${where}: path_prefix is not /forward-auth/envoy/<resource>`, {
      costs: 'Bailiwick is not asked: its 404 denies every call',
    })
  const shown = JSON.stringify([filter.get('allowed_headers'), http.at('authorization_request')?.get('allowed_headers')])
  for (const name of ['content-type', 'mcp-'])
    if (!shown.includes(name)) found.refuse('envoy.allowed_headers', `${where}: allowed_headers does not show ${name}`, UNREAD)
  const set = JSON.stringify(http.at('authorization_response')?.get('allowed_upstream_headers') ?? null)
  if (!set.includes('x-bailiwick-')) found.refuse('envoy.allowed_upstream_headers', `${where}: identity headers are not copied to the request`, SPOOFED)
  lintKey(http.at('authorization_request')?.get('headers_to_add'), [], where, { found })
}

function lintManager(manager: YamlMap, { found }: Lint): void {
  const where = `line ${manager.line}`
  const two = {
    costs: 'one path is judged and another one is served',
    mend: 'normalize_path, merge_slashes: true; path_with_escaped_slashes_action, headers_with_underscores_action: REJECT_REQUEST',
  }
  if (manager.get('normalize_path') !== true || manager.get('merge_slashes') !== true)
    found.warn('envoy.path', `${where}: normalize_path and merge_slashes are not both on`, two)
  if (manager.get('path_with_escaped_slashes_action') !== 'REJECT_REQUEST')
    found.warn('envoy.escaped_slashes', `${where}: escaped slashes are not rejected`, two)
  if (manager.at('common_http_protocol_options')?.get('headers_with_underscores_action') !== 'REJECT_REQUEST')
    found.warn('envoy.underscores', `${where}: headers with underscores are not rejected`, SPOOFED)
}

function hasFilter(manager: YamlMap): boolean {
  const filters = manager.get('http_filters')
  return Array.isArray(filters) && filters.some((filter) => JSON.stringify(filter).includes(FILTER))
}

function isWhole(enabled: YamlMap): boolean {
  const value = enabled.at('default_value')
  const whole = { HUNDRED: 100, TEN_THOUSAND: 10_000, MILLION: 1_000_000 }[value?.text('denominator') || 'HUNDRED']
  return value?.get('numerator') === whole && !enabled.has('runtime_key')
}

function typeOf(map: YamlMap): string {
  const type = map.get('@type')
  return typeof type === 'string' ? type : ''
}

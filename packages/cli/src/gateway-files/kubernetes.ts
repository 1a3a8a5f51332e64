// Gateways that are told through Kubernetes: Envoy Gateway's SecurityPolicy, Istio's extension providers, Contour's authorization.
import { BYPASS, IDENTITY_HEADERS, KEY_HEADER, OPEN, SPOOFED, UNPROVED, UNREAD, lintTimeout, mostBytes } from './rule.ts'
import type { Lint, Trouble } from './rule.ts'
import { durationMs, textsOf } from './yaml-maps.ts'
import type { YamlMap } from './yaml-maps.ts'

const NOT_SHOWN: Trouble = { costs: 'the token or the MCP headers do not reach Bailiwick: calls deny, or are read without them' }
const NOT_ASKED: Trouble = { costs: 'on a port that Istio takes for TCP, also by guessing, an HTTP provider is not asked: calls pass' }
const EARLY: Trouble = { costs: 'what is applied first is served first: until the policy is there, calls pass' }
const LATE: Trouble = { costs: 'the default is so long that a frozen Bailiwick hangs the calls instead of denying them' }

export function isKubernetes(maps: readonly YamlMap[]): boolean {
  return maps.some(
    (map) => map.has('extensionProviders') || map.key === 'envoyExtAuthzGrpc' || map.key === 'envoyExtAuthzHttp' || (map.path === '' && map.has('apiVersion')),
  )
}

export function lintKubernetes(maps: readonly YamlMap[], lint: Lint): void {
  let seen = 0
  for (const map of maps) {
    const policy = map.path === '' && map.get('kind') === 'SecurityPolicy' ? map.at('spec', 'extAuth') : undefined
    if (policy !== undefined) lintSecurityPolicy(policy, lint)
    if (map.key === 'envoyExtAuthzGrpc' || map.key === 'envoyExtAuthzHttp') lintProvider(map, lint)
    const contour = map.path === '' && map.get('kind') === 'HTTPProxy' ? map.at('spec', 'virtualhost', 'authorization') : undefined
    if (contour !== undefined) lintContour(contour, lint)
    if (policy !== undefined || contour !== undefined || map.key.startsWith('envoyExtAuthz')) seen += 1
  }
  warnOfOpenRoutes(maps, lint)
  for (const policy of policiesOf(maps, 'CUSTOM')) lintCustomPolicy(policy, lint)
  if (maps.some(({ key }) => key === 'envoyExtAuthzHttp') && policiesOf(maps, 'CUSTOM').length > 0 && !policiesOf(maps, 'ALLOW').some(isHttpOnly))
    lint.found.warn('istio.tcp', "no AuthorizationPolicy with action: ALLOW and methods: ['*'] beside the CUSTOM one", NOT_ASKED)
  if (maps.some(({ key }) => key === 'envoyExtAuthzGrpc') && !maps.some(isMutual))
    lint.found.warn('istio.mtls', 'no DestinationRule with tls.mode: ISTIO_MUTUAL or MUTUAL beside the gRPC provider', UNPROVED)
  if (seen === 0)
    lint.found.refuse('kubernetes.ext_authz', 'no SecurityPolicy with extAuth, no ext_authz provider, no HTTPProxy authorization in this file', BYPASS)
}

function lintSecurityPolicy(ask: YamlMap, lint: Lint): void {
  const { found } = lint
  const where = `line ${ask.line}`
  if (ask.get('failOpen') === true) found.refuse('envoy_gateway.fail_open', `${where}: failOpen: true, which also opens where this policy is invalid`, OPEN)
  if (!ask.has('bodyToExtAuth')) found.refuse('envoy_gateway.body', `${where}: no bodyToExtAuth`, UNREAD)
  lintWait(ask.get('timeout'), 'envoy_gateway.timeout', `${where}: no timeout; the default is 10 s`, ask, ask.at('bodyToExtAuth'), lint)
  if (ask.get('recomputeRoute') === true)
    found.warn('envoy_gateway.recompute_route', `${where}: recomputeRoute: true`, {
      costs: 'the route, and with it the server, may be another one than the decision was about',
    })
  const http = ask.at('http')
  if (http === undefined) {
    if (!JSON.stringify(ask.get('contextExtensions') ?? []).includes('bailiwick_key'))
      found.refuse('envoy_gateway.key', `${where}: nothing that shows which gateway this is`, UNPROVED)
    if (!JSON.stringify(ask.get('contextExtensions') ?? []).includes('bailiwick_resource'))
      found.warn('envoy_gateway.resource', `${where}: no bailiwick_resource`, {
        costs: 'every call denies resource_unknown, unless the gateway has one fixed resource',
      })
    return
  }
  const shown = textsOf(ask.get('headersToExtAuth')).map((name) => name.toLowerCase())
  if (!['authorization', 'content-type'].every((name) => shown.includes(name)))
    found.refuse('envoy_gateway.headers', `${where}: headersToExtAuth without authorization and content-type`, NOT_SHOWN)
  refuseUncopied(http.get('headersToBackend'), 'envoy_gateway.identity', `${where}: headersToBackend`, { found })
}

/** What is in one file is applied in its order. */
function warnOfOpenRoutes(maps: readonly YamlMap[], { found }: Lint): void {
  const documents = maps.filter((map) => map.path === '')
  const policies = documents.filter((map) => map.get('kind') === 'SecurityPolicy' && map.at('spec', 'extAuth') !== undefined)
  for (const route of documents.filter((map) => map.get('kind') === 'HTTPRoute')) {
    const name = JSON.stringify(route.at('metadata')?.get('name'))
    const late = policies.find((policy) => policy.line > route.line && JSON.stringify(policy.at('spec')?.get('targetRefs') ?? []).includes(`"name":${name}`))
    if (late !== undefined) found.warn('envoy_gateway.order', `line ${route.line}: an HTTPRoute before the SecurityPolicy for it (line ${late.line})`, EARLY)
  }
}

function lintProvider(provider: YamlMap, lint: Lint): void {
  const { found } = lint
  const where = `line ${provider.line}`
  if (provider.get('failOpen') === true) found.refuse('istio.fail_open', `${where}: failOpen: true`, OPEN)
  const body = provider.at('includeRequestBodyInCheck')
  if (body === undefined) found.refuse('istio.body', `${where}: no includeRequestBodyInCheck`, UNREAD)
  else if (body.get('allowPartialMessage') === true) found.refuse('istio.partial_body', `${where}: allowPartialMessage: true`, UNREAD)
  else if (body.get('packAsBytes') !== true)
    found.warn('istio.pack_as_bytes', `${where}: without packAsBytes bytes that are not UTF-8 are lost on the way`, UNREAD)
  lintWait(provider.get('timeout'), 'istio.timeout', `${where}: no timeout; the default is 10 minutes`, provider, body, lint)
  if (provider.get('clearRouteCache') === true)
    found.warn('istio.route_cache', `${where}: clearRouteCache: true`, {
      costs: 'the route, and with it the server, may be another one than the decision was about',
    })
  if (provider.key !== 'envoyExtAuthzHttp') return
  const shown = textsOf(provider.get('includeRequestHeadersInCheck')).map((name) => name.toLowerCase())
  if (!['authorization', 'content-type'].every((name) => shown.includes(name)))
    found.refuse('istio.headers', `${where}: includeRequestHeadersInCheck without authorization and content-type`, NOT_SHOWN)
  const added = provider.at('includeAdditionalHeadersInCheck')
  if (added?.has(KEY_HEADER) !== true) found.refuse('istio.key', `${where}: nothing that shows which gateway this is`, UNPROVED)
  if (!provider.text('pathPrefix').startsWith('/forward-auth/envoy/'))
    found.refuse('istio.path_prefix', `${where}: pathPrefix is not /forward-auth/envoy/<resource>`, {
      costs: 'Bailiwick is not asked: its 404 denies every call',
    })
  refuseUncopied(provider.get('headersToUpstreamOnAllow'), 'istio.identity', `${where}: headersToUpstreamOnAllow`, { found })
}

function policiesOf(maps: readonly YamlMap[], action: string): readonly YamlMap[] {
  return maps.filter((map) => map.path === '' && map.get('kind') === 'AuthorizationPolicy' && map.at('spec')?.get('action') === action)
}

function lintCustomPolicy(policy: YamlMap, { found }: Lint): void {
  const rules = JSON.stringify(policy.at('spec')?.get('rules') ?? null)
  if (/"not[A-Z]|"paths"|"methods"/.test(rules)) found.warn('istio.rules', `line ${policy.line}: the rules leave requests out`, BYPASS)
  if (rules === '[]' || rules === 'null') found.refuse('istio.rules', `line ${policy.line}: CUSTOM without a rule matches nothing`, BYPASS)
}

/** A rule about methods never matches what is no HTTP, and what no rule of an ALLOW matches is denied. */
function isHttpOnly(policy: YamlMap): boolean {
  return JSON.stringify(policy.at('spec')?.get('rules') ?? null).includes('"methods":["*"]')
}

function isMutual(map: YamlMap): boolean {
  const mode = map.path === '' && map.get('kind') === 'DestinationRule' ? map.at('spec', 'trafficPolicy', 'tls')?.get('mode') : undefined
  return mode === 'ISTIO_MUTUAL' || mode === 'MUTUAL'
}

function lintContour(ask: YamlMap, lint: Lint): void {
  const { found } = lint
  const where = `line ${ask.line}`
  if (ask.get('failOpen') === true) found.refuse('contour.fail_open', `${where}: failOpen: true`, OPEN)
  const body = ask.at('withRequestBody')
  if (body === undefined) found.refuse('contour.body', `${where}: no withRequestBody`, UNREAD)
  else if (body.get('allowPartialMessage') === true) found.refuse('contour.partial_body', `${where}: allowPartialMessage: true`, UNREAD)
  else if (body.get('packAsBytes') !== true)
    found.warn('contour.pack_as_bytes', `${where}: without packAsBytes bytes that are not UTF-8 are lost on the way`, UNREAD)
  lintWait(ask.get('responseTimeout'), 'contour.timeout', `${where}: no responseTimeout`, ask, body, lint)
}

/** `missing`: what is said where it is not set, or cannot be read. */
function lintWait(timeout: unknown, check: string, missing: string, ask: YamlMap, body: YamlMap | undefined, lint: Lint): void {
  const timeoutMs = durationMs(timeout)
  if (timeoutMs === undefined) lint.found.warn(check, missing, LATE)
  else lintTimeout(lint, check, `line ${ask.line}`, { timeoutMs, bodyBytes: mostBytes(body?.get('maxRequestBytes')) })
}

export function refuseUncopied(list: unknown, check: string, where: string, { found }: Pick<Lint, 'found'>): void {
  const copied = textsOf(list).map((name) => name.toLowerCase())
  const missing = copied.includes('x-bailiwick-*') ? [] : IDENTITY_HEADERS.filter((name) => !copied.includes(name))
  if (missing.length > 0) found.refuse(check, `${where} does not copy ${missing.join(', ')}`, SPOOFED)
}

// An agentgateway configuration: everything by which extAuthz and mcpGuardrails could be open, late, blind or gone around.
import { BYPASS, CACHED, HANGING, OPEN, SMALL_BODY_BYTES, UNPROVED, UNREAD, lintTimeout, mostBytes } from './rule.ts'
import type { Lint } from './rule.ts'
import { durationMs, textsOf } from './yaml-maps.ts'
import type { YamlMap } from './yaml-maps.ts'

export function isAgentgateway(maps: readonly YamlMap[]): boolean {
  return maps.some((map) => map.path === '' && map.has('binds')) || maps.some((map) => map.has('extAuthz') && !map.has('apiVersion'))
}

/** Those take the credential away before extAuthz sees it. */
const STRIPPERS = ['jwtAuth', 'mcpAuthentication', 'apiKey'] as const

/** Its own, where none is set. */
const GUARDRAILS_DEFAULT_MS = 10_000

export function lintAgentgateway(maps: readonly YamlMap[], lint: Lint): void {
  const policies = maps.filter((map) => map.has('extAuthz') || map.has('mcpGuardrails'))
  if (!policies.some((map) => map.has('extAuthz'))) lint.found.refuse('agentgateway.ext_authz', 'no extAuthz anywhere in this file', BYPASS)
  for (const policy of policies) {
    const ask = policy.at('extAuthz')
    if (ask !== undefined) lintExtAuthz(ask, policy, lint)
    const guardrails = policy.at('mcpGuardrails')
    if (guardrails !== undefined)
      lintGuardrails(
        guardrails,
        policies.some((other) => other.has('extAuthz') && guardrails.path.startsWith(other.path.replace(/policies$/, ''))),
        maps,
        lint,
      )
  }
}

function lintExtAuthz(ask: YamlMap, policy: YamlMap, lint: Lint): void {
  const { found } = lint
  const where = `line ${ask.line}`
  if (isOpen(ask.get('failureMode'))) found.refuse('agentgateway.failure_mode', `${where}: failureMode ${String(ask.get('failureMode'))}`, OPEN)
  if (ask.has('cache')) found.refuse('agentgateway.cache', `${where}: extAuthz.cache`, CACHED)
  const protocol = ask.at('protocol')
  const body = ask.at('includeRequestBody')
  const most = body?.get('maxRequestBytes')
  const timeout = durationMs(ask.at('policies', 'http')?.get('requestTimeout'))
  if (timeout !== undefined) lintTimeout(lint, 'agentgateway.timeout', where, { timeoutMs: timeout, bodyBytes: mostBytes(most) })
  else if (protocol?.has('http') !== true) found.refuse('agentgateway.timeout', `${where}: gRPC without policies.http.requestTimeout`, HANGING)
  if (body === undefined) found.refuse('agentgateway.body', `${where}: no includeRequestBody`, UNREAD)
  else if (typeof most !== 'number' || most < SMALL_BODY_BYTES)
    found.refuse('agentgateway.body', `${where}: maxRequestBytes ${typeof most === 'number' ? most : 'is not set, which is 0'}`, UNREAD)
  if (body?.get('allowPartialMessage') === true) found.refuse('agentgateway.partial_body', `${where}: allowPartialMessage: true`, UNREAD)
  if (body !== undefined && body.get('packAsBytes') !== true)
    found.warn('agentgateway.pack_as_bytes', `${where}: without packAsBytes bytes that are not UTF-8 are lost on the way`, UNREAD)
  const shown = textsOf(ask.get('includeRequestHeaders'))
  if (shown.length > 0 && !shown.some((name) => name.toLowerCase() === 'authorization'))
    found.refuse('agentgateway.headers', `${where}: includeRequestHeaders without authorization`, { costs: 'every call denies token_missing' })
  const path = JSON.stringify(protocol?.get('http') ?? null)
  if (path.includes('/access/v1/') && !path.includes('enforce=status'))
    found.refuse('agentgateway.authzen', `${where}: AuthZEN answers 200 also for a denial`, {
      costs: 'every denial is taken for leave to pass',
      mend: '?enforce=status',
    })
  const stripper = STRIPPERS.find((name) => policy.has(name))
  if (stripper !== undefined && !JSON.stringify(ask.get('protocol') ?? {}).includes('rawToken'))
    found.refuse('agentgateway.stripped', `${where}: ${stripper} takes the token away and nothing hands it on`, {
      costs: 'every call denies token_missing',
      mend: `metadata: { bailiwick: '{"token": jwt.rawToken.unredacted()}' }`,
    })
  if (protocol?.at('grpc') !== undefined && protocol.at('grpc', 'context')?.has('bailiwick_key') !== true)
    found.refuse('agentgateway.key', `${where}: nothing that shows which gateway this is`, UNPROVED)
}

function lintGuardrails(guardrails: YamlMap, hasExtAuthz: boolean, maps: readonly YamlMap[], lint: Lint): void {
  const { found } = lint
  const where = `line ${guardrails.line}`
  if (!hasExtAuthz)
    found.refuse('agentgateway.guardrails_alone', `${where}: mcpGuardrails without extAuthz beside it`, {
      costs: 'notifications, GET, DELETE and tasks/* are not asked about: a killed task goes on there',
    })
  if (!JSON.stringify(guardrails.get('processors') ?? guardrails.get('methods') ?? {}).includes('"*"'))
    found.refuse('agentgateway.guardrails_methods', `${where}: methods without "*"`, { costs: 'methods that are not listed are not asked about' })
  if (/failOpen|allow/i.test(JSON.stringify(guardrails.get('failureMode') ?? '')) || JSON.stringify(guardrails.get('processors') ?? {}).includes('failOpen'))
    found.refuse('agentgateway.guardrails_failure_mode', `${where}: mcpGuardrails fails open`, OPEN)
  for (const processor of maps.filter((map) => map.path.startsWith(`${guardrails.path}.processors`) && map.has('kind'))) {
    const timeout = durationMs(processor.at('policies', 'http')?.get('requestTimeout')) ?? GUARDRAILS_DEFAULT_MS
    lintTimeout(lint, 'agentgateway.guardrails_timeout', `line ${processor.line}`, { timeoutMs: timeout, bodyBytes: mostBytes() })
  }
}

function isOpen(mode: unknown): boolean {
  return typeof mode === 'string' && /^(?:allow|failopen|fail_open)$/i.test(mode)
}

// A Caddyfile: its forward_auth directives.
import { every, named, parseBlocks } from './block-file.ts'
import type { Directive } from './block-file.ts'
import { BYPASS, CLAIMED, HANGING, IDENTITY_HEADERS, KEY_HEADER, RETRIED, SPOOFED, UNPROVED, UNREAD, UNVERIFIED, lintTimeout, needsBody } from './rule.ts'
import type { Lint } from './rule.ts'
import { durationMs } from './yaml-maps.ts'

const URI = /^\/forward-auth\/caddy\/([a-z][a-z0-9-]*)\/?$/

export function isCaddyfile(text: string): boolean {
  return /^[ \t]*(?:forward_auth|reverse_proxy)\s/m.test(text)
}

export function lintCaddy(text: string, lint: Lint): void {
  const { found } = lint
  const all = every(parseBlocks(text, 'newline'))
  const asks = all.filter(({ name }) => name === 'forward_auth')
  if (asks.length === 0) found.refuse('caddy.forward_auth', 'no forward_auth anywhere in this file', BYPASS)
  for (const ask of asks) lintAsk(ask, lint)
  const stripped = all.some(({ name, words }) => name === 'request_header' && /^-x[-_]bailiwick[-_]?\*$/i.test(words.at(-1) ?? ''))
  if (!stripped)
    found.warn('caddy.strip', 'no request_header -X-Bailiwick-* before forward_auth', { costs: 'a request with another header of that prefix is refused' })
  if (!all.some(({ name, words }) => name === 'request_header' && /^-authorization$/i.test(words.at(-1) ?? '')))
    found.warn('caddy.authorization', 'no request_header -Authorization behind forward_auth', {
      costs: 'the server behind gets the runtime token (right only with forward_token: true)',
    })
  for (const { name, words, line } of all)
    if (name === 'mode' && (words[0] === 'request' || words[0] === 'require'))
      found.refuse('caddy.certificate_unverified', `line ${line}: client_auth with mode ${words[0]}`, UNVERIFIED)
  for (const { name, line } of all) if (name === 'lb_retries' || name === 'lb_try_duration') found.refuse('caddy.retry', `line ${line}: ${name}`, RETRIED)
}

function lintAsk(ask: Directive, lint: Lint): void {
  const { found, resourceOf, certificateHeaders } = lint
  const where = `line ${ask.line}`
  if (ask.words.some((word) => word.startsWith('@')))
    found.refuse('caddy.matcher', `${where}: forward_auth only for ${ask.words.find((word) => word.startsWith('@')) ?? ''}`, BYPASS)
  const name = URI.exec(named(ask, 'uri')[0]?.words[0] ?? '')?.[1]
  if (name === undefined)
    found.refuse('caddy.uri', `${where}: uri is not /forward-auth/caddy/<resource>`, { costs: 'Bailiwick is not asked: its answer denies every call' })
  const copied = named(ask, 'copy_headers')
    .flatMap(({ words, block = [] }) => [...words, ...block.map((inner) => inner.name)])
    .map((word) => word.toLowerCase())
  const missing = IDENTITY_HEADERS.filter((header) => !copied.includes(header))
  if (missing.length > 0) found.refuse('caddy.identity', `${where}: copy_headers without ${missing.join(', ')}`, SPOOFED)
  const up = named(ask, 'header_up').map(({ words }) => (words[0] ?? '').toLowerCase())
  if (!up.includes(KEY_HEADER)) found.refuse('caddy.key', `${where}: no header_up ${KEY_HEADER}`, UNPROVED)
  if (certificateHeaders.length > 0 && !certificateHeaders.some((header) => up.includes(header)))
    found.refuse('caddy.certificate', `${where}: no header_up ${certificateHeaders.join(' or ')}, and Bailiwick believes what is in it`, CLAIMED)
  const key = named(ask, 'header_up').find(({ words }) => words[0]?.toLowerCase() === KEY_HEADER)?.words[1]
  if (key !== undefined && !key.startsWith('{'))
    found.warn('caddy.key_in_file', `${where}: the gateway's secret is written in this file`, {
      costs: 'whoever reads the file can ask as this gateway',
      mend: '{$BAILIWICK_GATEWAY_KEY}',
    })
  const timeouts = every(ask.block ?? []).map((each) => each.name)
  const timeout = durationMs(every(ask.block ?? []).find(({ name: setting }) => setting === 'response_header_timeout')?.words[0])
  if (timeout === undefined) found.warn('caddy.timeout', `${where}: no response_header_timeout`, HANGING)
  else lintTimeout(lint, 'caddy.timeout', where, { timeoutMs: timeout, bodyBytes: 0 })
  if (timeouts.some((each) => each.startsWith('handle_response'))) found.refuse('caddy.handle_response', `${where}: handle_response in forward_auth`, BYPASS)
  const resource = name === undefined ? undefined : resourceOf(name)
  const why = resource === undefined ? undefined : needsBody(resource)
  if (why !== undefined) found.refuse('caddy.body', `${where}: Caddy shows no body of ${name ?? 'this resource'}, and ${why}`, UNREAD)
}

// An nginx configuration: the locations that ask Bailiwick, and those that depend on the answer.
import { every, named, parseBlocks } from './block-file.ts'
import type { Directive } from './block-file.ts'
import {
  BYPASS,
  CACHED,
  CLAIMED,
  HANGING,
  IDENTITY_HEADERS,
  KEY_HEADER,
  RETRIED,
  SPOOFED,
  UNPROVED,
  UNREAD,
  UNVERIFIED,
  lintTimeout,
  needsBody,
} from './rule.ts'
import type { Lint } from './rule.ts'
import { durationMs } from './yaml-maps.ts'

const ASKS = /\/forward-auth\/nginx\/([a-z][a-z0-9-]*)?/
/** Of `client_max_body_size`. */
const DEFAULT_BODY_BYTES = 1024 * 1024
/** Clients write them; what tells the original request is not among them. */
const FOREIGN = ['x-forwarded-method', 'x-forwarded-uri', 'x-forwarded-for', 'x-original-url'] as const

export function isNginx(text: string): boolean {
  return /^[ \t]*(?:http|server|location|upstream)\b[^;\n]*\{/m.test(text) && /proxy_pass|auth_request/.test(text)
}

export function lintNginx(text: string, lint: Lint): void {
  const { found } = lint
  const all = every(parseBlocks(text, ';'))
  const locations = all.filter(({ name }) => name === 'location')
  const asking = locations.filter((location) => named(location, 'proxy_pass').some(({ words }) => ASKS.test(words[0] ?? '')))
  if (asking.length === 0) found.refuse('nginx.asks', 'no location that asks Bailiwick (proxy_pass .../forward-auth/nginx/<resource>)', BYPASS)
  for (const location of asking) {
    lintAsking(location, all, lint)
    lintCertificate(location, all, lint)
  }
  for (const location of locations) {
    const question = named(location, 'auth_request')[0]
    if (question !== undefined && question.words[0] !== 'off') lintGuarded(location, question, asking, lint)
    const asksByLua = named(location, 'access_by_lua_file').some(({ words }) => (words[0] ?? '').endsWith('bailiwick.lua'))
    if (asksByLua) lintLua(location, all, lint)
    if (question === undefined && !asksByLua && named(location, 'proxy_pass').length > 0 && !asking.includes(location) && !isInherited(all, location)) {
      found.warn('nginx.unguarded', `line ${location.line}: location ${location.words.join(' ')} forwards without asking`, BYPASS)
    }
  }
  for (const { name, words, line } of all) {
    if (name === 'auth_request' && words[0] === 'off') found.refuse('nginx.off', `line ${line}: auth_request off`, BYPASS)
    if (name === 'satisfy' && words[0] === 'any') found.refuse('nginx.satisfy', `line ${line}: satisfy any`, BYPASS)
    if (name === 'underscores_in_headers' && words[0] === 'on') found.refuse('nginx.underscores', `line ${line}: underscores_in_headers on`, SPOOFED)
    if (name === 'error_page' && words.slice(0, -1).some((word) => /^=2\d\d$/.test(word)) && words.some((word) => word === '401' || word === '403'))
      found.refuse('nginx.error_page', `line ${line}: a denial becomes ${words.find((word) => word.startsWith('=')) ?? ''}`, {
        costs: 'the client cannot tell a denial from an answer',
      })
    if (name === 'proxy_next_upstream' && words.some((word) => word === 'non_idempotent'))
      found.refuse('nginx.retry', `line ${line}: proxy_next_upstream non_idempotent`, RETRIED)
  }
}

function lintAsking(location: Directive, all: readonly Directive[], lint: Lint): void {
  const { found } = lint
  const where = `line ${location.line}`
  if (named(location, 'internal').length === 0)
    found.refuse('nginx.internal', `${where}: the location that asks is not internal`, { costs: 'clients can ask as this gateway, about anything' })
  const cache = named(location, 'proxy_cache')[0]
  if (cache !== undefined && cache.words[0] !== 'off') found.refuse('nginx.cache', `${where}: proxy_cache on the location that asks`, CACHED)
  const set = headersSet(location)
  if (set.get('x-original-method') !== '$request_method')
    found.refuse('nginx.original', `${where}: X-Original-Method is not $request_method`, {
      costs: 'every call denies body_unreadable, or another method is judged',
    })
  if (set.get('x-original-uri') !== '$request_uri')
    found.refuse('nginx.original', `${where}: X-Original-URI is not $request_uri`, {
      costs: 'another path is judged than the one that was sent: nginx has decoded $uri',
    })
  for (const name of FOREIGN)
    if (set.get(name) !== '')
      found.refuse('nginx.forwarded', `${where}: ${name} of the client's own is not emptied`, { costs: 'Bailiwick refuses every request that has one' })
  const key = set.get(KEY_HEADER)
  if (key === undefined || key === '') found.refuse('nginx.key', `${where}: no proxy_set_header ${KEY_HEADER}`, UNPROVED)
  else if (!key.startsWith('$'))
    found.warn('nginx.key_in_file', `${where}: the gateway's secret is written in this file`, {
      costs: 'whoever reads the file can ask as this gateway',
      mend: 'set $bailiwick_key in a file of its own, mode 0600',
    })
  const timeout = millisecondsOf(named(location, 'proxy_read_timeout')[0]?.words[0])
  const isBlind = named(location, 'proxy_pass_request_body').some(({ words }) => words[0] === 'off')
  const bodyBytes = isBlind
    ? 0
    : Math.max(...all.filter(({ name }) => name === 'client_max_body_size').map(({ words }) => sizeOf(words[0] ?? '')), DEFAULT_BODY_BYTES)
  if (timeout === undefined) found.warn('nginx.timeout', `${where}: no proxy_read_timeout; the default is a minute`, HANGING)
  else lintTimeout(lint, 'nginx.timeout', where, { timeoutMs: timeout, bodyBytes })
}

/** nginx refuses certificates that cannot be verified, unless it was told not to ask who signed them. */
function lintCertificate(location: Directive, all: readonly Directive[], { found, certificateHeaders }: Lint): void {
  const where = `line ${location.line}`
  const set = headersSet(location)
  if (certificateHeaders.length > 0 && !certificateHeaders.some((header) => set.has(header)))
    found.refuse('nginx.certificate', `${where}: no proxy_set_header ${certificateHeaders.join(' or ')}, and Bailiwick believes what is in it`, CLAIMED)
  const isVerified = (value: string): boolean => all.some(({ name, words }) => name === 'map' && words[0] === '$ssl_client_verify' && words[1] === value)
  const value = set.get('x-forwarded-client-cert') ?? ''
  const isLenient = all.some(({ name, words }) => name === 'ssl_verify_client' && words[0] === 'optional_no_ca')
  if (isLenient && value !== '' && !isVerified(value))
    found.refuse('nginx.certificate_unverified', `${where}: x-forwarded-client-cert whatever $ssl_client_verify is, with optional_no_ca`, UNVERIFIED)
}

function lintGuarded(location: Directive, question: Directive, asking: readonly Directive[], { found, resourceOf }: Lint): void {
  const where = `line ${location.line}`
  const set = headersSet(location)
  for (const name of IDENTITY_HEADERS)
    if (!(set.get(name) ?? '').startsWith('$')) found.refuse('nginx.identity', `${where}: no proxy_set_header ${name} from the answer`, SPOOFED)
  if (set.get('authorization') !== '')
    found.warn('nginx.authorization', `${where}: Authorization is not emptied`, {
      costs: 'the server behind gets the runtime token (right only with forward_token: true)',
    })
  const asked = asking.find(({ words }) => words.at(-1) === question.words[0])
  const name = asked === undefined ? undefined : ASKS.exec(named(asked, 'proxy_pass')[0]?.words[0] ?? '')?.[1]
  if (asked === undefined) found.refuse('nginx.asks', `${where}: auth_request ${question.words[0] ?? ''} leads to no location that asks Bailiwick`, BYPASS)
  const resource = name === undefined ? undefined : resourceOf(name)
  const why = resource === undefined ? undefined : needsBody(resource)
  if (why !== undefined)
    found.refuse('nginx.body', `${where}: auth_request shows no body of ${name ?? 'this resource'}, and ${why}`, { ...UNREAD, mend: 'gateways/nginx/lua.conf' })
}

function lintLua(location: Directive, all: readonly Directive[], { found }: Lint): void {
  const where = `line ${location.line}`
  const valueOf = (name: string): string => named(location, name)[0]?.words[0] ?? all.find((each) => each.name === name)?.words[0] ?? ''
  if (sizeOf(valueOf('client_body_buffer_size') || '16k') < sizeOf(valueOf('client_max_body_size') || '1m'))
    found.refuse('nginx.buffer', `${where}: client_body_buffer_size is less than client_max_body_size`, {
      costs: 'bodies in between are written to a file and denied',
    })
  if (all.some(({ name, words }) => (name === 'listen' && words.includes('http2')) || (name === 'http2' && words[0] === 'on')))
    found.refuse('nginx.http2', `${where}: http2 beside Lua`, { costs: 'the Lua module may not read a body there: those calls fail' })
}

/** A location inside a guarded one is guarded with it. */
function isInherited(all: readonly Directive[], location: Directive): boolean {
  return all.some(
    (outer) => outer !== location && every(outer.block ?? []).includes(location) && named(outer, 'auth_request').some(({ words }) => words[0] !== 'off'),
  )
}

function headersSet(location: Directive): ReadonlyMap<string, string> {
  return new Map(named(location, 'proxy_set_header').map(({ words }) => [(words[0] ?? '').toLowerCase(), words[1] ?? '']))
}

/** Seconds where no unit is given. */
function millisecondsOf(text: string | undefined): number | undefined {
  return durationMs(text !== undefined && /^\d+$/.test(text) ? `${text}s` : text)
}

function sizeOf(text: string): number {
  const [, number, unit = ''] = /^(\d+)([kmg]?)$/i.exec(text) ?? []
  return Number(number ?? 0) * ({ k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[unit.toLowerCase()] ?? 1)
}

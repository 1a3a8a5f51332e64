// Where the store is, from one URL: `redis://`, `rediss://` (TLS) or `redis+sentinel://`. Pure. Every problem is a TypeError that says what was expected
// and never shows the URL: it carries passwords.

export interface RedisEndpoint {
  readonly host: string
  readonly port: number
}

export type RedisTarget = {
  readonly username?: string
  readonly password?: string
  readonly db: number
} & (
  | { readonly kind: 'server'; readonly endpoint: RedisEndpoint; readonly tls: boolean }
  | { readonly kind: 'sentinel'; readonly sentinels: readonly RedisEndpoint[]; readonly master: string }
)

const FORM = /^(rediss?|redis\+sentinel):\/\/(?:([^@/?#]*)@)?([^@/?#]+)(?:\/([^?#]*))?$/
const SERVER_PORT = 6379
const SENTINEL_PORT = 26379
const MAX_SENTINELS = 16

/** `redis://[user][:password]@host[:port][/db]`, `rediss://` alike; `redis+sentinel://[user][:password]@host[:port][,host[:port]...]/<master name>[/db]`. */
export function parseRedisUrl(url: string): RedisTarget {
  const match = FORM.exec(url)
  if (match === null) throw expected('redis://, rediss:// or redis+sentinel:// with a host, without query or fragment')
  const [, scheme, userinfo, hosts = '', path = ''] = match
  const credentials = credentialsOf(userinfo)
  if (scheme === 'redis+sentinel') {
    const [master = '', db, ...rest] = path.split('/')
    if (rest.length > 0 || !/^[A-Za-z0-9._-]{1,128}$/.test(master)) throw expected('redis+sentinel://<hosts>/<master name>[/<database number>]')
    const sentinels = hosts.split(',').map((text) => endpointOf(text, SENTINEL_PORT))
    if (sentinels.length > MAX_SENTINELS) throw expected(`at most ${MAX_SENTINELS} Sentinels`)
    return { kind: 'sentinel', sentinels, master, db: databaseOf(db), ...credentials }
  }
  return { kind: 'server', endpoint: endpointOf(hosts, SERVER_PORT), tls: scheme === 'rediss', db: databaseOf(path === '' ? undefined : path), ...credentials }
}

function credentialsOf(userinfo: string | undefined): { readonly username?: string; readonly password?: string } {
  if (userinfo === undefined) return {}
  const colon = userinfo.indexOf(':')
  const username = decoded(colon === -1 ? userinfo : userinfo.slice(0, colon))
  const password = colon === -1 ? '' : decoded(userinfo.slice(colon + 1))
  // Half a credential would connect as somebody else than was meant.
  if (password === '') throw expected('a password behind the user name')
  return username === '' ? { password } : { username, password }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw expected('percent-encoded user name and password')
  }
}

function endpointOf(text: string, defaultPort: number): RedisEndpoint {
  const match = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?$/.exec(text)
  const port = match?.[2] === undefined ? defaultPort : Number(match[2])
  if (match?.[1] === undefined || port < 1 || port > 65_535) throw expected('host or host:port, with a port from 1 to 65535')
  return { host: match[1].replace(/^\[(.*)\]$/, '$1'), port }
}

function databaseOf(text: string | undefined): number {
  if (text === undefined) return 0
  if (!/^[0-9]{1,4}$/.test(text)) throw expected('a database number after the last slash')
  return Number(text)
}

function expected(what: string): TypeError {
  return new TypeError(`the Redis URL is not usable: expected ${what}`)
}

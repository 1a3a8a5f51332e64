// Where the store is, from one URL: `redis://`, `rediss://` (TLS) or `redis+sentinel://`. Pure. A problem says what was expected and never shows the URL:
// it carries passwords.
import type { Read } from '../files.ts'

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

type Credentials = Pick<RedisTarget, 'username' | 'password'>

/** `redis://[user][:password]@host[:port][/db]`, `rediss://` alike; `redis+sentinel://[user][:password]@host[:port][,host[:port]...]/<master name>[/db]`. */
export function parseRedisUrl(url: string): Read<RedisTarget> {
  const match = FORM.exec(url)
  if (match === null) return expected('redis://, rediss:// or redis+sentinel:// with a host, without query or fragment')
  const [, scheme, userinfo, hosts = '', path = ''] = match
  const credentials = credentialsOf(userinfo)
  if (!credentials.ok) return credentials
  if (scheme === 'redis+sentinel') {
    const [master = '', database, ...rest] = path.split('/')
    if (rest.length > 0 || !/^[A-Za-z0-9._-]{1,128}$/.test(master)) return expected('redis+sentinel://<hosts>/<master name>[/<database number>]')
    const sentinels = hosts.split(',').map((text) => endpointOf(text, SENTINEL_PORT))
    if (sentinels.includes(undefined)) return expected(ENDPOINT)
    if (sentinels.length > MAX_SENTINELS) return expected(`at most ${MAX_SENTINELS} Sentinels`)
    const db = databaseOf(database)
    if (db === undefined) return expected(DATABASE)
    return { ok: true, value: { kind: 'sentinel', sentinels: sentinels.filter((each) => each !== undefined), master, db, ...credentials.value } }
  }
  const endpoint = endpointOf(hosts, SERVER_PORT)
  if (endpoint === undefined) return expected(ENDPOINT)
  const db = databaseOf(path === '' ? undefined : path)
  if (db === undefined) return expected(DATABASE)
  return { ok: true, value: { kind: 'server', endpoint, tls: scheme === 'rediss', db, ...credentials.value } }
}

function credentialsOf(userinfo: string | undefined): Read<Credentials> {
  if (userinfo === undefined) return { ok: true, value: {} }
  const colon = userinfo.indexOf(':')
  const username = decoded(colon === -1 ? userinfo : userinfo.slice(0, colon))
  const password = colon === -1 ? '' : decoded(userinfo.slice(colon + 1))
  if (username === undefined || password === undefined) return expected('percent-encoded user name and password')
  // Half a credential would connect as somebody else than was meant.
  if (password === '') return expected('a password behind the user name')
  return { ok: true, value: username === '' ? { password } : { username, password } }
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const ENDPOINT = 'host or host:port, with a port from 1 to 65535'

function endpointOf(text: string, defaultPort: number): RedisEndpoint | undefined {
  const match = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?$/.exec(text)
  const port = match?.[2] === undefined ? defaultPort : Number(match[2])
  if (match?.[1] === undefined || port < 1 || port > 65_535) return undefined
  return { host: match[1].replace(/^\[(.*)\]$/, '$1'), port }
}

const DATABASE = 'a database number after the last slash'

function databaseOf(text: string | undefined): number | undefined {
  if (text === undefined) return 0
  return /^[0-9]{1,4}$/.test(text) ? Number(text) : undefined
}

function expected(what: string): { readonly ok: false; readonly expected: string } {
  return { ok: false, expected: what }
}

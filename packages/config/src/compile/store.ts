// The store and the name of this node in it. What could let a cut-off server go on answering, or others read and forge task state, is refused here.
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { z } from 'zod'
import { readBounded, readPassword } from '../files.ts'
import type { Read } from '../files.ts'
import { URL_EXPECTED, checkUrl, isLoopbackHost } from '../loopback.ts'
import type { NodeConfig, RedisStoreConfig, RedisTlsConfig, StoreConfig } from '../model.ts'
import type { Path } from '../problem.ts'
import { parseRedisUrl } from '../redis/parse-redis-url.ts'
import type { RedisTarget } from '../redis/parse-redis-url.ts'
import { problemOfPlan } from '../redis/replica-plan.ts'
import type { ReplicaPlan } from '../redis/replica-plan.ts'
import { longForm } from '../schema/store.ts'
import type { nodeSchema, storeSchema } from '../schema/store.ts'
import { checkNoRepeats, resolvePath } from './bench.ts'
import type { Bench } from './bench.ts'

type RawNode = z.output<typeof nodeSchema>
type RawStore = z.output<typeof storeSchema>
type RawRedis = Exclude<RawStore, string>
type RawTls = NonNullable<RawRedis['tls']>

const MAX_PEM_BYTES = 256 * 1024

/** `clients`: id to kind, as far as they could be read. */
export function compileNode(bench: Bench, raw: RawNode, store: RawStore | undefined, clients: ReadonlyMap<string, string>): NodeConfig {
  // A name that changes with the machine would be another node after a restart, and nobody could wait for the first one.
  if (raw.id === undefined && store !== undefined && store !== 'sqlite')
    bench.add(['node', 'id'], 'a name of this node (the setting is required with a Redis store)', { at: 'key' })
  const reports = compileReports(bench, raw, clients)
  return {
    id: raw.id ?? hostname(),
    ...(raw.canary === 'off' ? {} : { canarySeconds: raw.canary }),
    ...(reports === undefined ? {} : { reports }),
    tls: raw.tls === undefined ? {} : compileTls(bench, ['node', 'tls'], raw.tls),
  }
}

function compileReports(bench: Bench, raw: RawNode, clients: ReadonlyMap<string, string>): NodeConfig['reports'] {
  if (raw.reports_to === undefined) {
    if (raw.client_key !== undefined) bench.add(['node', 'client_key'], 'reports_to beside it', { at: 'key' })
    return undefined
  }
  const urls = typeof raw.reports_to === 'string' ? raw.reports_to.split(',') : raw.reports_to
  const at = (index: number): Path => (typeof raw.reports_to === 'string' ? ['node', 'reports_to'] : ['node', 'reports_to', index])
  for (const [index, url] of urls.entries()) {
    const checked = checkUrl(url, { http: bench.unsafeAllowed ? 'loopback' : 'never', path: false })
    if (!checked.ok) bench.add(at(index), URL_EXPECTED[checked.problem])
    else if (urls.findIndex((other) => isSameOrigin(other, url)) < index) bench.add(at(index), 'each control once')
  }
  if (raw.id === undefined) bench.add(['node', 'id'], 'a name of this node (the setting is required with reports_to)', { at: 'key' })
  else if (clients.get(raw.id) !== 'node') bench.add(['node', 'id'], 'the id of a client of kind node: control knows the node by it')
  if ((raw.client_key === undefined) === (raw.tls?.cert === undefined))
    bench.add(['node', 'client_key'], 'exactly one proof: client_key, or tls.cert with tls.key', { at: 'key' })
  if (raw.client_key === undefined) return { urls }
  const clientKey = taken(bench, ['node', 'client_key'], readPassword(resolvePath(bench, raw.client_key), MAX_PEM_BYTES))
  return { urls, ...(clientKey === undefined ? {} : { clientKey }) }
}

function isSameOrigin(one: string, other: string): boolean {
  return URL.parse(one)?.origin === URL.parse(other)?.origin
}

export function compileStore(bench: Bench, raw: RawStore, dataDirectory: string): StoreConfig | undefined {
  if (raw === 'sqlite') return { kind: 'sqlite', file: join(dataDirectory, 'bailiwick.db') }
  return typeof raw === 'string' ? compileRedis(bench, longForm(raw), ['store']) : compileRedis(bench, raw, ['store', 'url'])
}

function compileRedis(bench: Bench, raw: RawRedis, urlPath: Path): RedisStoreConfig | undefined {
  const replicas = compilePlan(bench, raw.replicas)
  checkNoRepeats(bench, ['store', 'controls'], raw.controls ?? [])
  const tls = raw.tls === undefined ? undefined : compileTls(bench, ['store', 'tls'], raw.tls)
  const sentinel = compileSentinel(bench, raw.sentinel)
  const parsed = parseRedisUrl(raw.url)
  if (!parsed.ok) {
    bench.add(urlPath, parsed.expected)
    return undefined
  }
  const target = withCredentials(bench, parsed.value, raw)
  checkChannel(bench, target, raw, urlPath)
  return {
    kind: 'redis',
    target,
    namespace: raw.namespace,
    ...(raw.controls === undefined ? {} : { controls: raw.controls }),
    replicas,
    ...(tls === undefined ? {} : { tls }),
    sentinel,
    readWithinMs: raw.read_timeout,
    confirmWithinMs: raw.confirm_timeout,
    openWithinMs: raw.open_timeout,
  }
}

const SETTING_OF_MEMBER = { promotable: 'promotable', minToWrite: 'min_to_write', acks: 'acks' } as const

function compilePlan(bench: Bench, raw: RawRedis['replicas']): ReplicaPlan {
  if (raw === undefined) return { promotable: 0, minToWrite: 0, acks: 0 }
  const plan = { promotable: raw.promotable, minToWrite: raw.min_to_write, acks: raw.acks, synced: raw.synced }
  const problem = problemOfPlan(plan)
  if (problem !== undefined) bench.add(['store', 'replicas', SETTING_OF_MEMBER[problem.member]], problem.expected)
  return plan
}

function withCredentials(bench: Bench, target: RedisTarget, raw: RawRedis): RedisTarget {
  const password = passwordOf(bench, ['store'], raw.password_file)
  if (target.password !== undefined) {
    if (raw.username !== undefined) bench.add(['store', 'username'], 'a user name either here or in the URL', { at: 'key' })
    if (password !== undefined) bench.add(['store', 'password_file'], 'a password either here or in the URL', { at: 'key' })
    return target
  }
  if (raw.username !== undefined && password === undefined) bench.add(['store', 'username'], 'a password_file beside the user name', { at: 'key' })
  return { ...target, ...(raw.username === undefined ? {} : { username: raw.username }), ...(password === undefined ? {} : { password }) }
}

function compileSentinel(bench: Bench, raw: RawRedis['sentinel']): RedisStoreConfig['sentinel'] {
  const password = passwordOf(bench, ['store', 'sentinel'], raw.password_file)
  if (raw.username !== undefined && password === undefined) bench.add(['store', 'sentinel', 'username'], 'a password_file beside the user name', { at: 'key' })
  return {
    ...(raw.username === undefined ? {} : { username: raw.username }),
    ...(password === undefined ? {} : { password }),
    ...(raw.tls === undefined ? {} : { tls: compileTls(bench, ['store', 'sentinel', 'tls'], raw.tls) }),
  }
}

/** From the file the setting names, or `BAILIWICK_<SECTION>_PASSWORD`. */
function passwordOf(bench: Bench, section: Path, file: string | undefined): string | undefined {
  const at = [...section, 'password_file']
  const fromEnvironment = bench.fromEnvironment([...section, 'password'])
  if (fromEnvironment !== undefined && file !== undefined) bench.add(at, 'a password either from the environment or from a file')
  if (fromEnvironment !== undefined)
    return taken(bench, at, fromEnvironment === '' ? { ok: false, expected: 'a password that is not empty' } : { ok: true, value: fromEnvironment })
  return file === undefined ? undefined : taken(bench, at, readPassword(resolvePath(bench, file)))
}

function compileTls(bench: Bench, path: Path, raw: Omit<RawTls, 'server_name'> & Partial<Pick<RawTls, 'server_name'>>): RedisTlsConfig {
  if ((raw.cert === undefined) !== (raw.key === undefined))
    bench.add([...path, raw.cert === undefined ? 'key' : 'cert'], 'cert and key together', { at: 'key' })
  const pem = (name: 'ca' | 'cert' | 'key', read: (file: string) => Read<string>): Partial<RedisTlsConfig> => {
    const file = raw[name]
    const content = file === undefined ? undefined : taken(bench, [...path, name], read(resolvePath(bench, file)))
    if (content === undefined) return {}
    if (!content.includes('-----BEGIN ')) bench.add([...path, name], 'a PEM file')
    return { [name]: content }
  }
  return {
    ...pem('ca', (file) => readBounded(file, MAX_PEM_BYTES)),
    ...pem('cert', (file) => readBounded(file, MAX_PEM_BYTES)),
    ...pem('key', (file) => readPassword(file, MAX_PEM_BYTES)),
    ...(raw.server_name === undefined ? {} : { servername: raw.server_name }),
  }
}

/** Which settings fit the kind of URL, and that nothing goes over a network in clear unless somebody said so. */
function checkChannel(bench: Bench, target: RedisTarget, raw: RawRedis, urlPath: Path): void {
  if (target.kind === 'server') {
    for (const setting of ['username', 'password_file', 'tls'] as const) {
      if (raw.sentinel[setting] !== undefined) bench.add(['store', 'sentinel', setting], 'a redis+sentinel:// URL beside it', { at: 'key' })
    }
    if (raw.tls !== undefined && !target.tls) bench.add(['store', 'tls'], 'a rediss:// URL beside it', { at: 'key' })
    if (!target.tls && !isLoopbackHost(target.endpoint.host) && !raw.allow_plaintext) bench.add(urlPath, `a rediss:// URL, or a loopback host; ${IN_CLEAR}`)
    return
  }
  const elsewhere = target.sentinels.some(({ host }) => !isLoopbackHost(host))
  if (!elsewhere || raw.allow_plaintext) return
  if (raw.tls === undefined) bench.add(urlPath, `tls beside it: the servers are reached in clear; ${IN_CLEAR}`)
  // A forged Sentinel names a server of its own.
  if (raw.sentinel.tls === undefined) bench.add(urlPath, `sentinel.tls beside it: the Sentinels are reached in clear; ${IN_CLEAR}`)
}

const IN_CLEAR = 'in clear only with allow_plaintext: true, which lets whoever is on the network allow what was revoked'

function taken<T>(bench: Bench, path: Path, read: Read<T>): T | undefined {
  if (read.ok) return read.value
  bench.add(path, read.expected)
  return undefined
}

// What a server says of itself, read for the few things that decide whether it may be asked. Pure.
import type { ReplicaPlan } from '@bailiwick/config'
import { storeFault } from './store-fault.ts'

export interface ServerInfo {
  /** Changes whenever the process does, or the server becomes a primary again: whatever it holds then has to be looked at. */
  readonly incarnation: string
  readonly version: string
  readonly valkey: boolean
  readonly role: string
  readonly replicas: number
  /** Replicas that count for `min-replicas-to-write`; undefined where that is not set. */
  readonly goodReplicas: number | undefined
  readonly appendOnly: boolean
  /** Whether the last write to disk went well; undefined where the server does not say. */
  readonly lastWriteOk: boolean | undefined
  readonly evictionPolicy: string | undefined
  /** Where its replicas are, as it sees them. */
  readonly replicaEndpoints: readonly { readonly host: string; readonly port: number }[]
  /** Of a replica: 0 is never promoted. */
  readonly priority: number | undefined
  readonly linkUp: boolean
  readonly databases: readonly number[]
}

export function serverInfoOf(reply: unknown): ServerInfo {
  const fields = new Map<string, string>()
  const databases: number[] = []
  const endpoints: { readonly host: string; readonly port: number }[] = []
  if (typeof reply !== 'string') throw storeFault('store_refused', 'the server does not say what it is')
  for (const line of reply.split('\r\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1))
    const database = /^db([0-9]+):/.exec(line)
    if (database !== null) databases.push(Number(database[1]))
    const replica = /^slave[0-9]+:ip=([^,]+),port=([0-9]+),/.exec(line)
    if (replica?.[1] !== undefined) endpoints.push({ host: replica[1], port: Number(replica[2]) })
  }
  const need = (name: string): string => {
    const value = fields.get(name)
    if (value === undefined || value === '') throw storeFault('store_refused', `the server does not say its ${name}`)
    return value
  }
  const good = fields.get('min_slaves_good_slaves')
  return {
    incarnation: `${need('run_id')}.${need('master_replid')}`,
    version: fields.get('valkey_version') ?? need('redis_version'),
    valkey: fields.has('valkey_version'),
    role: need('role'),
    replicas: Number(need('connected_slaves')),
    goodReplicas: good === undefined ? undefined : Number(good),
    appendOnly: fields.get('aof_enabled') === '1',
    lastWriteOk: lastWriteOf(fields),
    replicaEndpoints: endpoints,
    priority: fields.has('slave_priority') ? Number(fields.get('slave_priority')) : undefined,
    linkUp: fields.get('master_link_status') === 'up',
    evictionPolicy: fields.get('maxmemory_policy'),
    databases,
  }
}

function lastWriteOf(fields: ReadonlyMap<string, string>): boolean | undefined {
  const said = ['aof_last_write_status', 'rdb_last_bgsave_status'].map((name) => fields.get(name))
  return said.includes(undefined) ? undefined : said.every((status) => status === 'ok')
}

/** What CONFIG says; a member is undefined where it is not allowed to ask. */
export interface ServerSettings {
  readonly minToWrite: number | undefined
  readonly maxLag: number | undefined
  /** Each commit is on disk before it is answered, also while the file is rewritten. */
  readonly fsyncAlways: boolean | undefined
}

/** From replies of `CONFIG GET`, or whatever else came instead of one. */
export function settingsOfServer(...replies: readonly unknown[]): ServerSettings {
  const found = new Map<string, string>()
  for (const reply of replies) {
    if (!Array.isArray(reply)) continue
    for (let at = 0; at + 1 < reply.length; at += 2) found.set(String(reply[at]), String(reply[at + 1]))
  }
  const number = (name: string): number | undefined => (found.has(name) ? Number(found.get(name)) : undefined)
  return {
    minToWrite: number('min-replicas-to-write'),
    maxLag: number('min-replicas-max-lag'),
    fsyncAlways: found.has('appendfsync')
      ? found.get('appendonly') === 'yes' && found.get('appendfsync') === 'always' && found.get('no-appendfsync-on-rewrite') === 'no'
      : undefined,
  }
}

/** Replicas report once a second. With a longer lag a cut-off primary would still answer when another is promoted. */
export const MAX_LAG_SECONDS = 1

/** Throws while the server could not keep the promise: no primary, or one that would go on answering when it is cut off. */
export function assertUsable(info: ServerInfo, settings: ServerSettings, plan: ReplicaPlan): void {
  if (info.role !== 'master') throw storeFault('store_not_primary', 'the server is not a primary')
  if (plan.synced === true && !hasWaitAof(info)) throw storeFault('store_unsafe', 'the server has no WAITAOF, or its append-only file is off')
  if (plan.minToWrite === 0) return
  const fenced =
    info.goodReplicas !== undefined && (settings.minToWrite ?? plan.minToWrite) >= plan.minToWrite && (settings.maxLag ?? MAX_LAG_SECONDS) === MAX_LAG_SECONDS
  if (!fenced) throw storeFault('store_unsafe', 'min-replicas-to-write and min-replicas-max-lag are not set as the configuration says')
}

/** `CLIENT LIST TYPE replica`: how long each replica has been attached, in seconds. Undefined for anything else. */
export function replicaAgesOf(reply: unknown): readonly number[] | undefined {
  if (typeof reply !== 'string') return undefined
  const ages: number[] = []
  for (const line of reply.split('\n')) {
    if (line.trim() === '') continue
    const age = / age=([0-9]+)(?: |$)/.exec(line)
    if (age === null) return undefined
    ages.push(Number(age[1]))
  }
  return ages
}

/** Whether the server can say what is on disk. */
export function hasWaitAof(info: ServerInfo): boolean {
  return info.appendOnly && knowsWaitAof(info.version)
}

/** `WAITAOF` came with Redis 7.2, and is in every Valkey. */
export function knowsWaitAof(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 7 || (major === 7 && minor >= 2)
}

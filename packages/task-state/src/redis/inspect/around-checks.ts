// What stands around the primary: its replicas, each asked itself, and the Sentinels that would promote one. What cannot be reached from here is unknown.
import type { RedisEndpoint } from '@bailiwick/config'
import type { Session } from '../link.ts'
import type { RedisSettings } from '../options.ts'
import { serverInfoOf } from '../server-info.ts'
import type { ServerInfo } from '../server-info.ts'
import { check } from './store-check.ts'
import type { StoreCheck } from './store-check.ts'

/** Runs with a connection to one server, and undefined when it cannot be had. */
export type AskOther = <T>(settings: RedisSettings, ask: (session: Session) => Promise<T>) => Promise<T | undefined>

/** Longer than a cut-off primary goes on answering: max-lag, and what the server takes to notice. */
const LEAST_DOWN_AFTER_MS = 5000

export async function checkReplicas(settings: RedisSettings, endpoints: readonly RedisEndpoint[], ask: AskOther): Promise<readonly StoreCheck[]> {
  const infos = await Promise.all(
    endpoints.map(
      async (endpoint) => await ask(at(settings, endpoint, settings.tls !== undefined), async (session) => serverInfoOf(await session.call('INFO'))),
    ),
  )
  const found = endpoints.map((endpoint, index) => checkReplica(endpoint, infos[index]))
  const { promotable } = settings.plan
  const promotes = infos.every((info) => info?.priority !== undefined) ? infos.filter((info) => (info?.priority ?? 0) > 0).length : undefined
  if (endpoints.length === 0) return found
  const expectation = {
    item: 'replica-priority',
    required: `above 0 at ${promotable}, 0 at every other`,
    costs: 'a replica that was not counted on is promoted, without what was confirmed by the others',
  }
  return [...found, check(expectation, promotes === undefined ? undefined : `above 0 at ${promotes}`, promotes === promotable)]
}

function checkReplica({ host, port }: RedisEndpoint, info: ServerInfo | undefined): StoreCheck {
  const expectation = {
    item: `replica ${host}:${port}`,
    required: 'its link is up, an append-only file',
    costs: 'promoted after a restart it would be empty, or behind',
  }
  const says = info === undefined ? undefined : `link ${info.linkUp ? 'up' : 'down'}, appendonly ${info.appendOnly ? 'yes' : 'no'}`
  return check(expectation, says, info?.linkUp === true && info.appendOnly)
}

export async function checkSentinels(settings: RedisSettings, ask: AskOther): Promise<readonly StoreCheck[]> {
  const { target, sentinel } = settings
  if (target.kind !== 'sentinel') return []
  return await Promise.all(
    target.sentinels.map(async (endpoint) => {
      const own: RedisSettings = {
        ...at(settings, endpoint, sentinel?.tls !== undefined),
        target: { kind: 'server', endpoint, tls: sentinel?.tls !== undefined, db: 0, ...credentialsOf(sentinel) },
        tls: sentinel?.tls,
      }
      const downAfterMs = await ask(own, async (session) => numberIn(await session.call('SENTINEL', 'MASTER', target.master), 'down-after-milliseconds'))
      const expectation = {
        item: `sentinel ${endpoint.host}:${endpoint.port}`,
        required: `down-after-milliseconds at least ${LEAST_DOWN_AFTER_MS}`,
        costs: 'another primary may be promoted while the old one, cut off, still allows what is revoked at the new one',
      }
      return check(expectation, downAfterMs, (downAfterMs ?? 0) >= LEAST_DOWN_AFTER_MS)
    }),
  )
}

function at(settings: RedisSettings, endpoint: RedisEndpoint, tls: boolean): RedisSettings {
  return { ...settings, target: { kind: 'server', endpoint, tls, db: 0, ...credentialsOf(settings.target) } }
}

function credentialsOf(from: { readonly username?: string; readonly password?: string } | undefined): {
  readonly username?: string
  readonly password?: string
} {
  return {
    ...(from?.username === undefined ? {} : { username: from.username }),
    ...(from?.password === undefined ? {} : { password: from.password }),
  }
}

/** From names and values in a row. */
function numberIn(reply: unknown, name: string): number | undefined {
  if (!Array.isArray(reply)) return undefined
  const index = reply.findIndex((each, position) => position % 2 === 0 && each === name)
  const value = index === -1 ? Number.NaN : Number(reply[index + 1])
  return Number.isSafeInteger(value) ? value : undefined
}

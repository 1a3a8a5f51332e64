// Looks at the store on Redis as it is set up, for `doctor`: over connections of its own, without taking the store up. Decides nothing.
import type { BailiwickConfig } from '@bailiwick/config'
import type { Clock } from '@bailiwick/core'
import { clientOptions } from '../client-options.ts'
import { openLink } from '../link.ts'
import type { Link, Session } from '../link.ts'
import { settingsOf } from '../options.ts'
import type { RedisSettings } from '../options.ts'
import { serverInfoOf } from '../server-info.ts'
import { checkReplicas, checkSentinels } from './around-checks.ts'
import { probeServer } from './live-probes.ts'
import { checkRights } from './rights-check.ts'
import { checkServer } from './server-checks.ts'
import type { StoreCheck } from './store-check.ts'

/** Nobody records anything through an inspection. */
const NO_LEDGER = { mark: async () => undefined, record: async () => {}, advance: async () => {}, acts: async () => [] }
const OTHER_WITHIN_MS = 1500
const TRY_MS = 20

/** Every check; rejects with a Fault while the primary cannot be reached. */
export async function inspectRedisStore({ store, node }: Pick<BailiwickConfig, 'store' | 'node'>, clock: Clock): Promise<readonly StoreCheck[]> {
  if (store.kind !== 'redis') throw new TypeError('not a Redis store')
  const { target, kind: _, ...rest } = store
  return await inspectSettings(settingsOf({ url: target, ledger: NO_LEDGER, clock, nodeId: node.id, ...rest }), clock)
}

export async function inspectSettings(settings: RedisSettings, clock: Clock): Promise<readonly StoreCheck[]> {
  return await withSession(settings, clock, settings.openWithinMs, async (session) => {
    const info = serverInfoOf(await session.call('INFO'))
    const other = async <T>(own: RedisSettings, ask: (session: Session) => Promise<T>): Promise<T | undefined> =>
      await withSession(own, clock, OTHER_WITHIN_MS, ask).catch(() => undefined)
    return [
      ...(await checkServer(session, info, settings, clock)),
      ...(await checkReplicas(settings, info.replicaEndpoints, other)),
      ...(await checkSentinels(settings, other)),
      ...(await withSession(settings, clock, settings.openWithinMs, checkRights)),
      ...(await probeServer(session, info, settings, clock)),
    ]
  })
}

async function withSession<T>(settings: RedisSettings, clock: Clock, withinMs: number, ask: (session: Session) => Promise<T>): Promise<T> {
  const link = openLink({ name: 'inspection', client: clientOptions(settings, 'inspection'), clock, changed: () => {} })
  try {
    return await ask(await connected(link, withinMs))
  } finally {
    link.close()
  }
}

async function connected(link: Link, withinMs: number): Promise<Session> {
  for (let left = Math.ceil(withinMs / TRY_MS); left > 0; left -= 1) {
    await new Promise((resolve) => setTimeout(resolve, TRY_MS))
    try {
      return link.current()
    } catch {
      // Not yet.
    }
  }
  return link.current()
}

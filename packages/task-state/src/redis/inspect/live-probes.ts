// What only trying tells: that the fence passes, that a write reaches the replicas that count and how soon, that it is the same server all along. Writes one
// field under the namespace that lapses after a minute; takes part in nothing.
import type { Clock } from '@bailiwick/core'
import { confirm } from '../confirm.ts'
import type { Session } from '../link.ts'
import { neighboursOf } from '../neighbours.ts'
import type { RedisSettings } from '../options.ts'
import { hasWaitAof, serverInfoOf } from '../server-info.ts'
import type { ServerInfo } from '../server-info.ts'
import { faultOfReply } from '../store-fault.ts'
import { check } from './store-check.ts'
import type { StoreCheck } from './store-check.ts'

const PROBE_MS = 60_000

export async function probeServer(session: Session, info: ServerInfo, settings: RedisSettings, clock: Clock): Promise<readonly StoreCheck[]> {
  const key = `{${settings.namespace}}:probe`
  const fence = await outcomeOf(() => session.call('DEL', `{${settings.namespace}}:fence`))
  const beganMs = clock.monotonicMs()
  const written = await outcomeOf(async () => {
    await session.call('HSET', key, 'at_ms', clock.nowMs())
    await session.call('PEXPIRE', key, PROBE_MS)
  })
  const confirmation = written === 'accepted' ? await confirm(session, { settings, waitAof: hasWaitAof(info) }) : undefined
  const tookMs = Math.round(clock.monotonicMs() - beganMs)
  const after = serverInfoOf(await session.call('INFO'))
  return [
    check({ item: 'fence', required: 'accepted', costs: 'no state can be read: every call is denied' }, fence, fence === 'accepted'),
    check(
      {
        item: 'confirmation',
        required: settings.plan.acks === 0 ? 'on its own disk' : `${settings.plan.acks} replicas within ${settings.confirmWithinMs} ms`,
        costs: 'revocations take effect and stay unconfirmed, and no client assertion can be spent: clients with a key cannot authenticate',
      },
      confirmation === undefined
        ? `the write: ${written}`
        : `${confirmation.confirmed ? '' : 'not confirmed, '}${confirmation.durability}, ${confirmation.acked} of ${confirmation.needed}, ${tookMs} ms`,
      confirmation?.confirmed === true,
    ),
    check(
      {
        item: 'run-id',
        required: 'the same all along',
        costs: 'behind this address servers change: every change is a recovery, and nothing is answered meanwhile',
      },
      after.incarnation === info.incarnation ? 'the same' : 'another server answered',
      after.incarnation === info.incarnation,
    ),
    await checkNeighbours(session, settings),
  ]
}

async function checkNeighbours(session: Session, { name }: RedisSettings): Promise<StoreCheck> {
  const expectation = {
    item: 'controls',
    required: 'the same list at every node',
    costs: 'after a failover the nodes do not wait for the same others: what was never confirmed may live again',
  }
  try {
    const others = (await neighboursOf(session, name)).filter(({ nodeId }) => nodeId !== name.nodeId)
    const differing = others.filter(({ controls }) => controls !== name.controls).map(({ nodeId }) => nodeId)
    const found =
      differing.length > 0 ? `another list at ${differing.join(', ')}` : `${others.length} other ${others.length === 1 ? 'node' : 'nodes'} connected`
    return check(expectation, found, differing.length === 0)
  } catch {
    return check(expectation, undefined, false)
  }
}

/** `accepted`, or the code of the fault. */
async function outcomeOf(ask: () => Promise<unknown>): Promise<string> {
  try {
    await ask()
    return 'accepted'
  } catch (error) {
    return faultOfReply(error).code
  }
}

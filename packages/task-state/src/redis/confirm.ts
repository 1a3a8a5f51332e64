// Whether what was just written can still be lost. Asked on the connection that wrote it, after it wrote; the counts are compared, never assumed.
// A server that does not say enough gets no confirmation: unknown is not a pass.
import type { Durability } from '../task-store.ts'
import type { Session } from './link.ts'
import type { RedisSettings } from './options.ts'
import { MAX_LAG_SECONDS, replicaAgesOf, settingsOfServer } from './server-info.ts'
import { storeFault } from './store-fault.ts'

export interface Confirmation {
  readonly confirmed: boolean
  readonly durability: Durability
  readonly needed: number
  readonly acked: number
}

export interface ConfirmDeps {
  readonly settings: RedisSettings
  /** The server knows WAITAOF and has its append-only file on. */
  readonly waitAof: boolean
}

/**
 * A replica that came over from another primary through a broken link counts there until that one notices: max-lag, up to a second until it looks,
 * and a second because ages are whole seconds.
 */
const SETTLED_SECONDS = MAX_LAG_SECONDS + 3

export async function confirm(session: Session, deps: ConfirmDeps): Promise<Confirmation> {
  return deps.settings.plan.acks === 0 ? await confirmLocally(session, deps) : await confirmReplicated(session, deps)
}

async function confirmReplicated(session: Session, { settings }: ConfirmDeps): Promise<Confirmation> {
  const { promotable, acks } = settings.plan
  let needed = acks
  try {
    for (;;) {
      // In one go: the list is taken on the same connection, so after the wait.
      const [acked, ages] = await Promise.all([acknowledged(session, needed, settings), replicaAges(session)])
      // WAIT does not say which replicas it counted. With more of them than could be promoted, the others may be the ones it counted.
      const wanted = acks + Math.max(0, ages.length - promotable)
      if (wanted <= needed) {
        const settled = ages.filter((age) => age >= SETTLED_SECONDS).length
        return { confirmed: acked >= needed && settled >= needed, durability: acked >= needed ? 'replicated' : 'async', needed, acked }
      }
      needed = wanted
    }
  } catch {
    // It is written; whether anybody else has it is not known.
    return { confirmed: false, durability: 'async', needed, acked: 0 }
  }
}

async function acknowledged(session: Session, needed: number, { plan, confirmWithinMs }: RedisSettings): Promise<number> {
  if (plan.synced !== true) return countOf(await session.call('WAIT', needed, confirmWithinMs))
  const [local, replicas] = countsOf(await session.call('WAITAOF', 1, needed, confirmWithinMs))
  return local >= 1 ? replicas : 0
}

/** One server: only its own disk can have it. Asked each time, because the setting can be changed while it runs. */
async function confirmLocally(session: Session, { settings, waitAof }: ConfirmDeps): Promise<Confirmation> {
  const none: Confirmation = { confirmed: false, durability: 'async', needed: 0, acked: 0 }
  try {
    const { fsyncAlways } = settingsOfServer(await configOf(session))
    const synced = fsyncAlways === true || (waitAof && countsOf(await session.call('WAITAOF', 1, 0, settings.confirmWithinMs))[0] >= 1)
    return synced ? { ...none, confirmed: true, durability: 'local' } : none
  } catch {
    return none
  }
}

/** Undefined where it may not be asked: the server may still say what is on its disk. */
async function configOf(session: Session): Promise<unknown> {
  try {
    return await session.call('CONFIG', 'GET', '*append*')
  } catch {
    return undefined
  }
}

async function replicaAges(session: Session): Promise<readonly number[]> {
  const ages = replicaAgesOf(await session.call('CLIENT', 'LIST', 'TYPE', 'replica'))
  if (ages === undefined) throw storeFault('store_refused', 'the server does not list its replicas')
  return ages
}

function countOf(reply: unknown): number {
  return typeof reply === 'number' && Number.isSafeInteger(reply) ? reply : 0
}

function countsOf(reply: unknown): readonly [local: number, replicas: number] {
  return Array.isArray(reply) ? [countOf(reply[0]), countOf(reply[1])] : [0, 0]
}

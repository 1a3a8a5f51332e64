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
const SHORT_WAIT_MS = 1

export async function confirm(session: Session, deps: ConfirmDeps): Promise<Confirmation> {
  return deps.settings.plan.acks === 0 ? await confirmLocally(session, deps) : await confirmReplicated(session, deps)
}

async function confirmReplicated(session: Session, { settings, waitAof }: ConfirmDeps): Promise<Confirmation> {
  const { promotable, acks } = settings.plan
  let needed = acks
  try {
    for (;;) {
      // In one go: the list is taken on the same connection, so after the wait.
      const [acked, ages] = await Promise.all([acknowledged(session, needed, settings.confirmWithinMs, waitAof), replicaAges(session)])
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

async function acknowledged(session: Session, needed: number, waitMs: number, waitAof: boolean): Promise<number> {
  if (waitAof) {
    const [local, replicas] = countsOf(await session.call('WAITAOF', 1, needed, waitMs))
    if (local >= 1 && replicas >= needed) return replicas
    // Replicas without an append-only file never count there, though they have the act in memory.
    return countOf(await session.call('WAIT', needed, SHORT_WAIT_MS))
  }
  return countOf(await session.call('WAIT', needed, waitMs))
}

/** One server: only its own disk can have it. Asked each time, because the setting can be changed while it runs. */
async function confirmLocally(session: Session, { settings, waitAof }: ConfirmDeps): Promise<Confirmation> {
  const none: Confirmation = { confirmed: false, durability: 'async', needed: 0, acked: 0 }
  try {
    if (waitAof) {
      const [local] = countsOf(await session.call('WAITAOF', 1, 0, settings.confirmWithinMs))
      return local >= 1 ? { ...none, confirmed: true, durability: 'local' } : none
    }
    const { fsyncAlways } = settingsOfServer(await session.call('CONFIG', 'GET', '*append*'))
    return fsyncAlways === true ? { ...none, confirmed: true, durability: 'local' } : none
  } catch {
    return none
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

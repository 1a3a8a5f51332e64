// How the server is set up, against what the promise needs: for `doctor` and for people. Every item is found or `unknown`; unknown is not a pass.
import type { Clock } from '@bailiwick/core'
import type { Session } from './link.ts'
import type { RedisSettings } from './options.ts'
import { hasWaitAof, knowsWaitAof, MAX_LAG_SECONDS, replicaAgesOf, serverInfoOf, settingsOfServer } from './server-info.ts'

export interface StoreCheck {
  readonly item: string
  readonly required: string
  readonly found: string
  readonly status: 'pass' | 'fail' | 'unknown'
}

const MAX_CLOCK_OFFSET_MS = 1000

/** Reads only. Rejects with a Fault while the server cannot be reached. */
export async function describeServer(session: Session, settings: RedisSettings, clock: Clock): Promise<readonly StoreCheck[]> {
  const { plan } = settings
  const info = serverInfoOf(await session.call('INFO'))
  const config = settingsOfServer(await asked(session, 'CONFIG', 'GET', 'min-replicas-*'), await asked(session, 'CONFIG', 'GET', '*append*'))
  const ages = replicaAgesOf(await asked(session, 'CLIENT', 'LIST', 'TYPE', 'replica'))
  const offsetMs = offsetOf(await asked(session, 'TIME'), clock)
  const alone = plan.promotable === 0
  return [
    check('role', 'master', info.role, info.role === 'master'),
    check('version', 'Redis 7.2 or later, or Valkey: WAITAOF', info.version, knowsWaitAof(info.version)),
    check('replicas', `${plan.promotable} attached`, ages === undefined ? undefined : String(ages.length), ages?.length === plan.promotable),
    check('min-replicas-to-write', `at least ${plan.minToWrite}`, text(config.minToWrite), (config.minToWrite ?? 0) >= plan.minToWrite),
    check('min-replicas-max-lag', alone ? 'any' : String(MAX_LAG_SECONDS), text(config.maxLag), alone || config.maxLag === MAX_LAG_SECONDS),
    check('appendonly', 'yes', info.appendOnly ? 'yes' : 'no', info.appendOnly),
    check(
      'appendfsync',
      alone ? 'always, also on rewrite' : 'always, or enough replicas',
      config.fsyncAlways === undefined ? undefined : config.fsyncAlways ? 'always' : 'less',
      !alone || config.fsyncAlways === true || hasWaitAof(info),
    ),
    check('maxmemory-policy', 'noeviction', info.evictionPolicy, info.evictionPolicy === 'noeviction'),
    check(
      'clock',
      `within ${MAX_CLOCK_OFFSET_MS} ms of this node`,
      offsetMs === undefined ? undefined : `${offsetMs} ms`,
      Math.abs(offsetMs ?? 0) <= MAX_CLOCK_OFFSET_MS,
    ),
  ]
}

function check(item: string, required: string, found: string | undefined, passes: boolean): StoreCheck {
  return found === undefined ? { item, required, found: 'unknown', status: 'unknown' } : { item, required, found, status: passes ? 'pass' : 'fail' }
}

/** Managed servers refuse some of these. */
async function asked(session: Session, command: string, ...args: string[]): Promise<unknown> {
  try {
    return await session.call(command, ...args)
  } catch {
    return undefined
  }
}

function text(value: number | undefined): string | undefined {
  return value === undefined ? undefined : String(value)
}

function offsetOf(reply: unknown, clock: Clock): number | undefined {
  if (!Array.isArray(reply) || reply.length !== 2) return undefined
  const serverMs = Number(reply[0]) * 1000 + Math.floor(Number(reply[1]) / 1000)
  return Number.isFinite(serverMs) ? Math.round(serverMs - clock.nowMs()) : undefined
}

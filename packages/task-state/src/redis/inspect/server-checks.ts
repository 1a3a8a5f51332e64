// How the primary is set up, against what the promise needs. Reads only.
import type { Clock } from '@bailiwick/core'
import type { Session } from '../link.ts'
import type { RedisSettings } from '../options.ts'
import { hasWaitAof, knowsWaitAof, MAX_LAG_SECONDS, replicaAgesOf, settingsOfServer } from '../server-info.ts'
import type { ServerInfo, ServerSettings } from '../server-info.ts'
import { flawsOf } from './known-flaws.ts'
import { check } from './store-check.ts'
import type { StoreCheck } from './store-check.ts'

const MAX_CLOCK_OFFSET_MS = 1000
const OLDEST = [6, 2] as const

export async function checkServer(session: Session, info: ServerInfo, { plan }: RedisSettings, clock: Clock): Promise<readonly StoreCheck[]> {
  const config = settingsOfServer(await asked(session, 'CONFIG', 'GET', 'min-replicas-*'), await asked(session, 'CONFIG', 'GET', '*append*'))
  const ages = replicaAgesOf(await asked(session, 'CLIENT', 'LIST', 'TYPE', 'replica'))
  const offsetMs = offsetOf(await asked(session, 'TIME'), clock)
  const [major = 0, minor = 0] = info.version.split('.').map(Number)
  return [
    check(
      { item: 'role', required: 'master', costs: 'a replica answers what was true a moment ago, and refuses every state read here: every call is denied' },
      info.role,
      info.role === 'master',
    ),
    check(
      { item: 'version', required: 'Redis 6.2 or later, or Valkey', costs: 'commands are missing: nothing is answered' },
      info.version,
      major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]),
    ),
    flawsOf(info),
    check(
      {
        item: 'replicas',
        required: `${plan.promotable} attached`,
        costs:
          'with fewer, revocations take effect and stay unconfirmed, and no client assertion can be spent; with more, `replicas.promotable` is not what could be promoted',
      },
      ages?.length,
      ages?.length === plan.promotable,
    ),
    ...fenceChecks(plan.minToWrite, config),
    ...durabilityChecks(plan.promotable === 0, info, config),
    check(
      {
        item: 'clock',
        required: `within ${MAX_CLOCK_OFFSET_MS} ms of this node`,
        costs: 'times people read are wrong, and single-use keys are forgotten early or late',
        otherwise: 'warn',
      },
      offsetMs === undefined ? undefined : `${offsetMs} ms`,
      Math.abs(offsetMs ?? 0) <= MAX_CLOCK_OFFSET_MS,
    ),
  ]
}

function fenceChecks(minToWrite: number, config: ServerSettings): readonly StoreCheck[] {
  const costs = 'a primary that was cut off from its replicas goes on allowing what was revoked at the new one'
  return [
    check({ item: 'min-replicas-to-write', required: `at least ${minToWrite}`, costs }, config.minToWrite, (config.minToWrite ?? 0) >= minToWrite),
    check(
      { item: 'min-replicas-max-lag', required: minToWrite === 0 ? 'any' : String(MAX_LAG_SECONDS), costs },
      config.maxLag,
      minToWrite === 0 || config.maxLag === MAX_LAG_SECONDS,
    ),
  ]
}

function durabilityChecks(alone: boolean, info: ServerInfo, config: ServerSettings): readonly StoreCheck[] {
  return [
    check(
      {
        item: 'appendonly',
        required: 'yes',
        costs: 'a server that was restarted is empty: every task of before is denied, and its acts are put back only by nodes that are still there',
      },
      info.appendOnly ? 'yes' : 'no',
      info.appendOnly,
    ),
    check(
      {
        item: 'appendfsync',
        required: alone ? 'always, also on rewrite, or WAITAOF (Redis 7.2)' : 'always, or enough replicas',
        costs: alone
          ? 'no revocation is ever confirmed, and no client assertion can be spent: clients with a key cannot authenticate'
          : 'a power failure of all servers at once loses the last second',
      },
      config.fsyncAlways === undefined && !hasWaitAof(info) ? undefined : config.fsyncAlways === true ? 'always' : 'less',
      !alone || config.fsyncAlways === true || hasWaitAof(info),
    ),
    check(
      {
        item: 'waitaof',
        required: 'Redis 7.2 or later, or Valkey',
        costs: '`replicas.synced` cannot be used: acts are confirmed by memory of the replicas, not by their disks',
        otherwise: 'warn',
      },
      info.version,
      knowsWaitAof(info.version),
    ),
    check(
      { item: 'persistence', required: 'the last write to disk went well', costs: 'the server may refuse every write soon, and with it every call' },
      info.lastWriteOk === undefined ? undefined : info.lastWriteOk ? 'it did' : 'it failed',
      info.lastWriteOk === true,
    ),
    check(
      {
        item: 'maxmemory-policy',
        required: 'noeviction',
        costs: 'under memory pressure tasks are evicted and their calls denied; evicted revocations begin a recovery',
      },
      info.evictionPolicy,
      info.evictionPolicy === 'noeviction',
    ),
  ]
}

/** Managed servers refuse some of these. */
async function asked(session: Session, command: string, ...args: string[]): Promise<unknown> {
  try {
    return await session.call(command, ...args)
  } catch {
    return undefined
  }
}

function offsetOf(reply: unknown, clock: Clock): number | undefined {
  if (!Array.isArray(reply) || reply.length !== 2) return undefined
  const serverMs = Number(reply[0]) * 1000 + Math.floor(Number(reply[1]) / 1000)
  return Number.isFinite(serverMs) ? Math.round(serverMs - clock.nowMs()) : undefined
}

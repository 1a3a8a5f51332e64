// Turns a flood of strangers' refusals into a few rows: one per reason, gateway, door and class of peer, each interval.
// Never waits and never throws. It does not keep who the strangers were: `peer` becomes its class. A gateway is named where it proved itself.
import { newDecisionId } from '@bailiwick/core'
import type { Clock } from '@bailiwick/core'
import type { AuditEntry } from './record.ts'

export interface RefusalCounterDeps {
  readonly clock: Clock
  readonly intervalMs: number
  /** Appends one row; a rejection puts the count back for the next interval. */
  readonly write: (entry: AuditEntry) => Promise<unknown>
}

export interface RefusalCounter {
  count(entry: AuditEntry): void
  /** Writes what was counted; resolves when each row is durable or put back. */
  flush(): Promise<void>
  /** Ends the timer; what was not flushed is lost. */
  stop(): void
}

interface Tally {
  readonly sample: AuditEntry
  readonly sinceMs: number
  count: number
}

/** Above this many different keys all further ones share one row per plane, so that no caller can make rows at will. */
const MAX_KEYS = 64
const MAX_DOOR = 32

export function createRefusalCounter({ clock, intervalMs, write }: RefusalCounterDeps): RefusalCounter {
  let tallies = new Map<string, Tally>()
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  const add = (key: string, sample: AuditEntry, sinceMs: number, count: number): void => {
    const tally = tallies.get(key)
    if (tally === undefined) tallies.set(key, { sample, sinceMs, count })
    else tally.count += count
  }

  const flush = async (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    const flushed = tallies
    tallies = new Map()
    const untilMs = clock.nowMs()
    await Promise.all(
      [...flushed].map(async ([key, tally]) => {
        try {
          await write(toRow(tally, untilMs))
        } catch {
          // Kept for the next interval: the keys are bounded, so this cannot grow.
          add(key, tally.sample, tally.sinceMs, tally.count)
          arm()
        }
      }),
    )
  }

  const arm = (): void => {
    if (!stopped) timer ??= setTimeout(() => void flush(), intervalMs).unref()
  }

  return {
    count: (entry) => {
      if (stopped) return
      const sample = toSample(entry)
      const key = `${sample.plane} ${sample.reason ?? ''} ${sample.gateway?.name ?? ''} ${sample.gateway?.peer ?? ''} ${sample.door}`
      if (tallies.has(key) || tallies.size < MAX_KEYS) add(key, sample, clock.nowMs(), 1)
      else add(sample.plane, { ...sample, door: 'several' }, clock.nowMs(), 1)
      arm()
    },
    flush,
    stop: () => {
      stopped = true
      clearTimeout(timer)
      timer = undefined
    },
  }
}

function toSample(entry: AuditEntry): AuditEntry {
  return {
    kind: 'refusals',
    decision_id: entry.decision_id,
    effect: 'deny',
    ...(entry.reason === undefined ? {} : { reason: entry.reason }),
    plane: entry.plane,
    door: entry.door.slice(0, MAX_DOOR),
    gateway: { ...(entry.gateway?.name === undefined ? {} : { name: entry.gateway.name }), peer: peerClass(entry.gateway?.peer) },
  }
}

/** `act` tells since when, until when, and the decision id of the first one, which its caller was shown. */
function toRow(tally: Tally, untilMs: number): AuditEntry {
  const since = new Date(tally.sinceMs).toISOString()
  const until = new Date(untilMs).toISOString()
  return { ...tally.sample, decision_id: newDecisionId(untilMs), count: tally.count, act: { since, until, first_decision_id: tally.sample.decision_id } }
}

function peerClass(peer: string | undefined): string {
  if (peer === undefined || peer === '') return 'unknown'
  if (peer === 'unix') return 'unix'
  if (peer.startsWith('spiffe:')) return 'spiffe'
  const address = peer.startsWith('::ffff:') ? peer.slice('::ffff:'.length) : peer
  return address.startsWith('127.') || address === '::1' || address === '[::1]' ? 'loopback' : 'network'
}

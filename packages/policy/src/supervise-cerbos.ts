// Runs a Cerbos of our own beside us: starts it on a private socket, replaces it when it dies or hangs, ends it with us. Nobody else
// can reach it. Decides nothing: `createCerbosDecider` asks it, and faults while it is away.
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Fault, systemClock } from '@bailiwick/core'
import type { Clock } from '@bailiwick/core'
import { findCerbosBinary } from './cerbos-binary.ts'
import { createProbedDecider } from './cerbos-decider.ts'
import { createCerbosFolder } from './cerbos-folder.ts'
import { isOfOneCall, logCerbosLine, readCerbosLine } from './cerbos-log.ts'
import type { SupervisorLog } from './cerbos-log.ts'
import { spawnGuarded } from './guarded-child.ts'
import type { GuardedChild } from './guarded-child.ts'

export interface SuperviseOptions {
  /** The policies: `*.yaml` and `_schemas/`. An edit is picked up within about four seconds; a broken one leaves the last good set in force. */
  readonly directory: string
  readonly log: SupervisorLog
  readonly clock?: Clock
  /** The first start fails after this long. */
  readonly startTimeoutMs?: number
  /** How often the running process is asked whether it still answers. */
  readonly probeIntervalMs?: number
  /** A process that answered once and then says nothing for this long is replaced. One that never answered gets `startTimeoutMs`. */
  readonly hungAfterMs?: number
}

export interface SupervisedCerbos {
  /** For `createCerbosDecider`. The same through every restart. */
  readonly address: string
  /** Undefined when it answers and enforces schemas, else what is wrong in a few words. */
  health(): Promise<string | undefined>
  /** Ends the process and removes its folder. Decide nothing afterwards. */
  close(): Promise<void>
}

const FIRST_BACK_OFF_MS = 50
const MAX_BACK_OFF_MS = 5_000
/** A process that lived this long was well: the next restart is quick again. */
const STABLE_AFTER_MS = 10_000
/** When we ourselves were paused, the first probe finds a long silence that was ours. */
const MIN_SILENCES = 2
const START_POLL_MS = 20
const KEPT_LINES = 3

// Not ours: Cerbos reads settings from its environment, and our secrets are none of its business.
const ENVIRONMENT = {
  PATH: '/usr/bin:/bin',
  CERBOS_NO_TELEMETRY: '1',
  OTEL_METRICS_EXPORTER: 'none',
  OTEL_TRACES_EXPORTER: 'none',
  // Its live heap is small and every check makes garbage: collecting less often took a fifth off its CPU per check. The limit keeps a
  // large set of policies from paying for that with memory.
  GOGC: '400',
  GOMEMLIMIT: '256MiB',
  // Not GOMAXPROCS=1, on two cores either: it makes checks that come one by one cheaper (1.25 ms of CPU a bare call at 500/s, not 1.44; p50 of a decision 4.2 ms,
  // not 5.3), and where calls are more than the machine can answer, three quarters of them end unanswered instead of a tenth.
} as const

/** @throws Error, in words for the operator, when the first start fails: no program for this platform, a broken policy, no canary policy. */
export async function superviseCerbos(options: SuperviseOptions): Promise<SupervisedCerbos> {
  const { log, clock = systemClock, startTimeoutMs = 15_000, probeIntervalMs = 2_000, hungAfterMs = 5_000 } = options
  const program = findCerbosBinary()
  const folder = await createCerbosFolder(resolve(options.directory))
  const probe = createProbedDecider({ address: folder.address, clock })
  const closing = new AbortController()
  const lastLines: string[] = []
  let child = start()

  function start(): GuardedChild {
    return spawnGuarded({
      program,
      args: ['server', `--config=${folder.configFile}`, '--log-level=warn'],
      env: ENVIRONMENT,
      folder: folder.path,
      onLine: (line) => {
        if (isOfOneCall(line)) return
        const said = readCerbosLine(line)
        if (said.level === 'error') lastLines.push(`${said.message} ${said.detail ?? ''}`.trim())
        if (lastLines.length > KEPT_LINES) lastLines.shift()
        logCerbosLine(log, said)
      },
    })
  }

  async function untilServing(): Promise<void> {
    const died = child.exited.then((how) => `cerbos ${how}: ${lastLines.join('; ')}`)
    const giveUpAtMs = clock.monotonicMs() + startTimeoutMs
    for (;;) {
      const found = await Promise.race([died, probe.probe()])
      if (found === undefined) return
      if (!(found instanceof Fault)) throw new Error(found)
      if (!isSilence(found)) throw new Error(`policy.directory: ${found.message}`)
      if (clock.monotonicMs() >= giveUpAtMs) throw new Error(`cerbos did not serve within ${startTimeoutMs} ms: ${lastLines.join('; ')}`)
      await sleep(START_POLL_MS)
    }
  }

  async function replaceWhenGone(): Promise<void> {
    let backOffMs = FIRST_BACK_OFF_MS
    for (;;) {
      const startedAtMs = clock.monotonicMs()
      const how = await child.exited
      if (closing.signal.aborted) return
      if (clock.monotonicMs() - startedAtMs >= STABLE_AFTER_MS) backOffMs = FIRST_BACK_OFF_MS
      log.error({ how, restart_in_ms: backOffMs }, 'cerbos is gone')
      await pause(backOffMs)
      if (closing.signal.aborted) return
      backOffMs = Math.min(backOffMs * 2, MAX_BACK_OFF_MS)
      child = start()
    }
  }

  async function killWhenHung(): Promise<void> {
    let watched = child
    let heardAtMs = clock.monotonicMs()
    let patienceMs = hungAfterMs
    let silences = 0
    for (;;) {
      await pause(probeIntervalMs)
      if (closing.signal.aborted) return
      // Between two lives there is nobody to listen for.
      if (child.isGone()) continue
      if (watched !== child) {
        watched = child
        heardAtMs = clock.monotonicMs()
        patienceMs = startTimeoutMs
        silences = 0
      }
      const fault = await probe.probe()
      if (fault === undefined || !isSilence(fault)) {
        heardAtMs = clock.monotonicMs()
        patienceMs = hungAfterMs
        silences = 0
        continue
      }
      silences += 1
      const silentMs = clock.monotonicMs() - heardAtMs
      if (silences < MIN_SILENCES || silentMs < patienceMs || closing.signal.aborted) continue
      log.error({ fault: fault.code, silent_ms: Math.round(silentMs) }, 'cerbos hangs and is replaced')
      watched.kill()
      await watched.exited
    }
  }

  async function pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: closing.signal, ref: false }).catch(() => {})
  }

  async function end(loops: readonly Promise<void>[]): Promise<void> {
    closing.abort()
    child.kill()
    await child.exited
    await Promise.all(loops)
    await probe.close()
    await folder.remove()
  }

  try {
    await untilServing()
  } catch (thrown) {
    await end([])
    throw thrown
  }
  const loops = [replaceWhenGone(), killWhenHung()]
  let ended: Promise<void> | undefined
  return {
    address: folder.address,
    health: probe.health,
    close: async () => {
      ended ??= end(loops)
      await ended
    },
  }
}

/** It said nothing at all, as a dead or hung process does; not: it said something wrong. */
function isSilence(fault: Fault): boolean {
  return fault.code === 'pdp_timeout' || fault.code === 'pdp_unreachable'
}

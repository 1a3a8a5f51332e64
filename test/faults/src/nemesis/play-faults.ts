// The faults of a run, one after the other with quiet in between: each once in every round, in another order each time, with a burst of revocations at both
// of its edges. Ends when the run is over; a fault that has begun is ended properly first.
import type { HistoryEvent } from '../checker/event.ts'
import { BOUNDS } from '../checker/rules.ts'
import { nowNs } from '../clock.ts'
import { evidenceShort } from './fault.ts'
import type { Fault, Stage } from './fault.ts'

export interface Play {
  readonly faults: readonly Fault[]
  /** All but what concerns one fault alone. */
  readonly stage: Omit<Stage, 'evidence'>
  readonly burst: number
  readonly quietMs: number
  /** The run is over; `isShort`: one of the faults so far was none. */
  isOver(isShort: boolean): boolean
  /** What is injected from now on; undefined between faults. */
  during(fault: string | undefined): void
  record(event: HistoryEvent): void
  /** Nodes that have not allowed anything since the last fault ended. */
  healing(): number
  inBackground(work: Promise<unknown>): void
}

export interface Played {
  readonly injected: readonly string[]
  readonly skipped: readonly string[]
  readonly unreached: readonly string[]
  readonly evidence: Readonly<Record<string, number>>
}

/** A little more than the bound of L1. */
const HEALS_WITHIN_MS = BOUNDS.healNs / 1e6 + 500
const KEPT_TEXT = 300

export async function playFaults(play: Play): Promise<Played> {
  const { stage, quietMs } = play
  const { cluster, random, supply, revoker, wait, note } = stage
  const injected = new Set<string>()
  const evidence = new Map<string, number>()
  const missing = new Map<string, string>()
  const possible = play.faults.filter(({ name, missing: reason, stores }) => {
    if (!stores.includes(cluster.kind)) return false
    const why = reason?.(cluster)
    if (why !== undefined) missing.set(name, why)
    return why === undefined
  })

  const isShort = (): boolean => evidenceShort(possible, { injected: [...injected], evidence: Object.fromEntries(evidence) }).length > 0

  async function one(fault: Fault): Promise<void> {
    const { name } = fault
    note(name)
    play.during(name)
    injected.add(name)
    play.inBackground(revoker.burst(play.burst))
    try {
      await fault.inject({ ...stage, evidence: (count) => void evidence.set(name, (evidence.get(name) ?? 0) + count) })
    } catch (error) {
      note(`the fault could not be made as it should: ${error instanceof Error ? error.message.slice(0, KEPT_TEXT) : 'unknown'}`)
    }
    await revoker.burst(play.burst)
    play.during(undefined)
    const atNs = nowNs()
    const running = cluster.nodes.filter(({ state }) => state() === 'running')
    play.record({ op: 'heal', invokeNs: atNs, endNs: atNs, fault: name, nodes: running.map(({ place }) => place.name) })
    await wait(quietMs)
    // Who is late gets the time it has by the rule, and is not blamed for the next fault.
    for (let left = HEALS_WITHIN_MS - quietMs; left > 0 && play.healing() > 0; left -= 100) await wait(100)
    if (stage.live() === 0) note(`nothing lives: ${JSON.stringify(supply.refusals())}`)
  }

  for (let turn = 0; !play.isOver(isShort()) && possible.length > 0; turn += 1) {
    if (turn % possible.length === 0) shuffle(possible, () => random.next())
    const next = possible[turn % possible.length]
    if (next !== undefined) await one(next)
  }
  return {
    injected: [...injected],
    skipped: [...missing].map(([name, why]) => `${name}: ${why}`),
    unreached: possible.flatMap(({ name }) => (injected.has(name) ? [] : [name])),
    evidence: Object.fromEntries(evidence),
  }
}

function shuffle(list: unknown[], next: () => number): void {
  for (let at = list.length - 1; at > 0; at -= 1) {
    const other = Math.floor(next() * (at + 1))
    ;[list[at], list[other]] = [list[other], list[at]]
  }
}

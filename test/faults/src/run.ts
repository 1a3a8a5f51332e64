// One run against one cluster: load over every door all the time, faults one after the other with quiet in between, then every journal, then the verdict.
// Everything that was chosen was chosen from the seed; what came of it is in the schedule.
import { readFileSync } from 'node:fs'
import { createChecker } from './checker/check-history.ts'
import type { Verdict } from './checker/check-history.ts'
import type { HistoryEvent } from './checker/event.ts'
import { BOUNDS } from './checker/rules.ts'
import type { Violation } from './checker/rules.ts'
import { postRevokeChecks } from './checker/tally.ts'
import { nowNs } from './clock.ts'
import type { Cluster } from './cluster/cluster.ts'
import { readJournals } from './cluster/read-journals.ts'
import { watchStarvation } from './cluster/starvation.ts'
import { startUpstream } from './cluster/upstream.ts'
import { createGrpcClient } from './load/grpc.ts'
import { heldCheck } from './load/held-checks.ts'
import { createHttpClient } from './load/http.ts'
import { createLoad } from './load/load.ts'
import { createObserver } from './load/observer.ts'
import { createRevoker } from './load/revoker.ts'
import { createSupply } from './load/supply.ts'
import { createWorld } from './load/world.ts'
import type { Fault, Stage } from './nemesis/fault.ts'
import { randomFrom } from './random.ts'

export interface RunOptions {
  readonly cluster: Cluster
  readonly seed: number
  readonly faults: readonly Fault[]
  /** Faults go round until then. */
  readonly seconds: number
  readonly faultMs: number
  readonly quietMs: number
  /** Checks per second, through doors and straight at the store. */
  readonly rate: number
  readonly storeRate: number
  readonly revokesPerSecond: number
  /** At each edge of a fault. */
  readonly burst: number
  /** Goes on without faults until so much happened, a minute at most: for a machine that is slow. */
  readonly atLeast?: { readonly confirmedRevokes: number; readonly postRevokeChecks: number }
  /** Ends at the first unsafe answer: enough for a mutant. */
  readonly untilViolation?: boolean
  /** What was late is late, whatever else the machine did. */
  readonly timely?: boolean
  readonly log?: (line: string) => void
}

export interface RunResult {
  readonly verdict: Verdict
  readonly journalProblems: readonly string[]
  readonly schedule: readonly string[]
  readonly injected: readonly string[]
  readonly skipped: readonly string[]
  /** By fault that was injected and says what it is there for: how much of that has happened. */
  readonly evidence: Readonly<Record<string, number>>
  readonly shed: number
  /** Why the tester could not make tasks, and how often. */
  readonly refusedCreations: Readonly<Record<string, number>>
  readonly seconds: number
}

/** Longer than any budget of the product: past it nobody answers any more. */
const ANSWER_WITHIN_MS = 4_000
const LIVE_WANTED = 60
const PHANTOMS = 5
const REFILL_MS = 100
const HELD_EVERY_MS = 1_000
const LOOK_EVERY_MS = 60
const REFUSED_EVERY_MS = 500
/** A little more than the bound of L1. */
const HEALS_WITHIN_MS = BOUNDS.healNs / 1e6 + 500
const SECOND_LOOK_MS = 1_500
const MAKE_UP_MS = 60_000

export async function run(options: RunOptions): Promise<RunResult> {
  const { cluster, seed } = options
  const { house, nodes, direct, pdp } = cluster
  const random = randomFrom(seed)
  const starvation = watchStarvation()
  const checker = createChecker(BOUNDS, options.timely === true ? () => 0 : starvation.between)
  const world = createWorld(random)
  let fault: string | undefined
  let found = 0
  const record = (event: HistoryEvent): void => checker.add(event)
  const http = createHttpClient(new URL(house.issuer).host, ANSWER_WITHIN_MS)
  const grpc = createGrpcClient(ANSWER_WITHIN_MS)
  const supply = createSupply({ house, direct, world, random, record })
  const phantoms = await Promise.all(Array.from({ length: PHANTOMS }, () => supply.phantom()))
  const doors = { house, http, grpc, direct }
  const upstream = await startUpstream()
  const load = createLoad({
    ...doors,
    upstream: upstream.at,
    nodes,
    world,
    random,
    phantoms,
    rate: options.rate,
    storeRate: options.storeRate,
    fault: () => fault,
    record,
  })
  const operatorToken = readFileSync(nodes[0]?.operatorTokenFile() ?? '', 'utf8').trim()
  const observer = createObserver({ nodes, http, random, operatorToken: () => operatorToken, fault: () => fault, record })
  const revoker = createRevoker({
    house,
    nodes,
    direct,
    http,
    world,
    random,
    operatorToken: () => operatorToken,
    fault: () => fault,
    record,
    confirmed: (ended, scope) => {
      if (scope.kind === 'task') observer.watch(scope.id)
      load.askEverywhere(ended.slice(0, 3))
      // And once more when whoever forgets would have forgotten.
      const again = ended.slice(0, 1)
      if (again.length > 0) inBackground(delay(SECOND_LOOK_MS).then(() => load.askEverywhere(again)))
    },
  })
  const began = performance.now()
  const schedule: string[] = []
  const note = (text: string): void => {
    const line = `${((performance.now() - began) / 1000).toFixed(1)} s  ${text}`
    schedule.push(line)
    options.log?.(line)
  }
  const underWay = new Set<Promise<unknown>>()
  const inBackground = (work: Promise<unknown>): void => {
    underWay.add(work)
    void work.finally(() => underWay.delete(work))
  }
  const isDone = (): boolean => options.untilViolation === true && found > 0
  const isOver = (): boolean => isDone() || performance.now() - began > options.seconds * 1000

  await supply.many(LIVE_WANTED)
  load.start()
  let refilling = false
  const timers = [
    setInterval(() => {
      found = checker.found()
      if (refilling || world.live.length >= LIVE_WANTED) return
      refilling = true
      inBackground(supply.many(LIVE_WANTED - world.live.length).finally(() => (refilling = false)))
    }, REFILL_MS),
    setInterval(() => inBackground(revoker.any()), 1000 / options.revokesPerSecond),
    setInterval(() => inBackground(observer.look()), LOOK_EVERY_MS),
    setInterval(() => {
      const task = world.pickLive()
      if (task !== undefined) inBackground(revoker.refused(task).then((id) => observer.watch(id)))
    }, REFUSED_EVERY_MS),
    setInterval(() => inBackground(heldCheck({ nodes, pdp, supply, revoker, load, random }, random.next() < 0.5 ? 'policy' : 'audit')), HELD_EVERY_MS),
  ]
  const wait = async (ms: number): Promise<void> => {
    const until = performance.now() + ms
    while (performance.now() < until && !isDone()) await delay(Math.min(50, until - performance.now()))
  }

  const injected: string[] = []
  const evidence: Record<string, number> = {}
  const skipped = new Set<string>()
  const usable = options.faults.filter((one) => one.stores.includes(cluster.kind))
  await wait(usable.length === 0 ? options.seconds * 1000 : options.quietMs)
  for (let turn = 0; !isOver() && usable.length > 0; turn += 1) {
    // Each once in every round, in another order each time.
    if (turn % usable.length === 0) shuffle(usable, () => random.next())
    const next = usable[turn % usable.length]
    if (next === undefined) break
    const missing = next.missing?.(cluster)
    if (missing !== undefined) {
      skipped.add(`${next.name}: ${missing}`)
      if (skipped.size === usable.length) break
      continue
    }
    const stage: Stage = {
      cluster,
      random,
      supply,
      revoker,
      load,
      ms: options.faultMs,
      wait,
      note,
      evidence(count) {
        evidence[next.name] = (evidence[next.name] ?? 0) + count
      },
      someNode() {
        const node = random.pick(nodes.filter(({ state }) => state() === 'running')) ?? nodes[0]
        if (node === undefined) throw new Error('there is no node')
        return node
      },
    }
    note(next.name)
    fault = next.name
    injected.push(next.name)
    inBackground(revoker.burst(options.burst))
    try {
      await next.inject(stage)
    } catch (error) {
      note(`the fault could not be made as it should: ${error instanceof Error ? error.message.slice(0, 300) : 'unknown'}`)
    }
    await revoker.burst(options.burst)
    fault = undefined
    const atNs = nowNs()
    record({
      op: 'heal',
      invokeNs: atNs,
      endNs: atNs,
      fault: next.name,
      nodes: nodes.filter(({ state }) => state() === 'running').map(({ place }) => place.name),
    })
    await wait(options.quietMs)
    // Who is late gets the time it has by the rule, and is not blamed for the next fault.
    for (let left = HEALS_WITHIN_MS - options.quietMs; left > 0 && checker.healing() > 0; left -= 100) await wait(100)
    if (world.live.length === 0) note(`nothing lives: ${JSON.stringify(supply.refusals())}`)
  }
  const hasEnough = (): boolean => {
    const tally = checker.tally()
    return tally.confirmedRevokes >= (options.atLeast?.confirmedRevokes ?? 0) && postRevokeChecks(tally) >= (options.atLeast?.postRevokeChecks ?? 0)
  }
  for (let left = MAKE_UP_MS; left > 0 && !hasEnough(); left -= REFILL_MS) await wait(REFILL_MS)
  await wait(Math.min(options.quietMs, 1_000))
  for (const timer of timers) clearInterval(timer)
  await load.stop()
  await Promise.all(underWay)
  const shed = load.shed()
  // Ended by themselves, so that every record that was answered for is in the files.
  await Promise.all(nodes.filter(({ state }) => state() === 'running').map((node) => node.end()))
  http.close()
  grpc.close()
  starvation.stop()
  await upstream.close()
  const journals = await readJournals(house)
  return {
    verdict: checker.verdict(journals.records, upstream.requests),
    journalProblems: journals.problems,
    schedule,
    injected: [...new Set(injected)],
    skipped: [...skipped],
    evidence,
    shed,
    refusedCreations: supply.refusals(),
    seconds: (performance.now() - began) / 1000,
  }
}

export function unsafeIn(violations: readonly Violation[]): readonly Violation[] {
  return violations.filter(({ rule }) => rule !== 'L1' && rule !== 'L2')
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(1, ms)))
}

function shuffle(list: unknown[], next: () => number): void {
  for (let at = list.length - 1; at > 0; at -= 1) {
    const other = Math.floor(next() * (at + 1))
    ;[list[at], list[other]] = [list[other], list[at]]
  }
}

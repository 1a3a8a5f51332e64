// One run against one cluster: load over every door all the time, faults one after the other with quiet in between, then every journal, then the verdict.
// Everything that was chosen was chosen from the seed; what came of it is in the schedule.
import { readFileSync } from 'node:fs'
import { createChecker } from '../checker/check-history.ts'
import type { HistoryEvent } from '../checker/event.ts'
import { BOUNDS } from '../checker/rules.ts'
import { postRevokeChecks } from '../checker/tally.ts'
import { readJournals } from '../cluster/read-journals.ts'
import { watchStarvation } from '../cluster/starvation.ts'
import { startUpstream } from '../cluster/upstream.ts'
import { createGrpcClient } from '../load/grpc.ts'
import { createHttpClient } from '../load/http.ts'
import { createLoad } from '../load/load.ts'
import { createObserver } from '../load/observer.ts'
import { createRevoker } from '../load/revoker.ts'
import { createSupply } from '../load/supply.ts'
import { createWorld } from '../load/world.ts'
import { playFaults } from '../nemesis/play-faults.ts'
import { watchNetwork } from '../network/used-network.ts'
import { randomFrom } from '../random.ts'
import { LIVE_WANTED, startBackground } from './background.ts'
import type { RunOptions, RunResult } from './run-result.ts'

/** Longer than any budget of the product: past it nobody answers any more. */
const ANSWER_WITHIN_MS = 4_000
const PHANTOMS = 5
const LOOK_AT_RULES_MS = 100
const SECOND_LOOK_MS = 1_500
const MAKE_UP_MS = 60_000

export async function run(options: RunOptions): Promise<RunResult> {
  const { seed } = options
  let fault: string | undefined
  const during = (): string | undefined => fault
  const { network, used } = watchNetwork(options.cluster.network, during)
  const cluster = { ...options.cluster, network }
  const { house, nodes, direct } = cluster
  const random = randomFrom(seed)
  const starvation = watchStarvation()
  const checker = createChecker(BOUNDS, options.timely === true ? () => 0 : starvation.between)
  const record = (event: HistoryEvent): void => checker.add(event)
  const world = createWorld(random)
  const http = createHttpClient(new URL(house.issuer).host, ANSWER_WITHIN_MS)
  const grpc = createGrpcClient(ANSWER_WITHIN_MS)
  const supply = createSupply({ house, direct, world, random, record })
  const phantoms = await Promise.all(Array.from({ length: PHANTOMS }, () => supply.phantom()))
  const upstream = await startUpstream()
  const { rate, storeRate } = options
  const load = createLoad({ house, http, grpc, direct, upstream: upstream.at, nodes, world, random, phantoms, rate, storeRate, fault: during, record })
  const operatorToken = readFileSync(nodes[0]?.operatorTokenFile() ?? '', 'utf8').trim()
  const asOperator = { nodes, http, random, operatorToken: () => operatorToken, fault: during, record }
  const observer = createObserver(asOperator)
  const revoker = createRevoker({
    ...asOperator,
    house,
    direct,
    world,
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
  let isBroken = false
  const isDone = (): boolean => isBroken
  const isOver = (isShort: boolean): boolean => {
    const { seconds, longestSeconds = seconds } = options
    return isDone() || performance.now() - began > 1000 * (isShort ? longestSeconds : seconds)
  }
  const wait = async (ms: number): Promise<void> => {
    const until = performance.now() + ms
    while (performance.now() < until && !isDone()) await delay(Math.min(50, until - performance.now()))
  }

  await supply.many(LIVE_WANTED)
  load.start()
  const stopBackground = startBackground({ ...options, cluster, world, random, supply, revoker, observer, load, inBackground })
  const looking = setInterval(() => {
    const { until } = options
    if (until !== undefined) isBroken ||= until.rules.some((rule) => (checker.broken().get(rule) ?? 0) >= until.times)
  }, LOOK_AT_RULES_MS)

  const { faults, quietMs } = options
  await wait(faults.some(({ stores }) => stores.includes(cluster.kind)) ? quietMs : options.seconds * 1000)
  const played = await playFaults({
    faults,
    quietMs,
    burst: options.burst,
    isOver,
    during: (name) => (fault = name),
    record,
    healing: () => checker.healing(),
    inBackground,
    stage: {
      cluster,
      random,
      supply,
      revoker,
      load,
      ms: options.faultMs,
      wait,
      note,
      live: () => world.live.length,
      someNode() {
        const node = random.pick(nodes.filter(({ state }) => state() === 'running')) ?? nodes[0]
        if (node === undefined) throw new Error('there is no node')
        return node
      },
    },
  })

  const hasEnough = (): boolean => {
    const tally = checker.tally()
    return tally.confirmedRevokes >= (options.atLeast?.confirmedRevokes ?? 0) && postRevokeChecks(tally) >= (options.atLeast?.postRevokeChecks ?? 0)
  }
  for (let left = MAKE_UP_MS; left > 0 && !hasEnough(); left -= LOOK_AT_RULES_MS) await wait(LOOK_AT_RULES_MS)
  await wait(Math.min(quietMs, 1_000))
  clearInterval(looking)
  stopBackground()
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
    ...played,
    verdict: checker.verdict(journals.records, upstream.requests),
    journalProblems: journals.problems,
    schedule,
    network: used(),
    shed,
    refusedCreations: supply.refusals(),
    seconds: (performance.now() - began) / 1000,
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(1, ms)))
}

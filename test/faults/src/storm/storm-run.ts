// What ten thousand revocations within a second cost the decisions between them: one node is told to make them at its own store while it and another one
// decide at a constant rate. Latency is printed and never judged; every task that was confirmed ended is asked about again, and that is.
import { parseTaskId } from '@bailiwick/core'
import type { Cluster } from '../cluster/cluster.ts'
import type { Direct } from '../cluster/direct.ts'
import type { FaultNode } from '../cluster/node-process.ts'
import { DOORS } from '../load/doors.ts'
import type { DoorDeps } from '../load/doors.ts'
import { createGrpcClient } from '../load/grpc.ts'
import { createHttpClient } from '../load/http.ts'
import { createSupply } from '../load/supply.ts'
import type { LastingTask } from '../load/supply.ts'
import { createWorld } from '../load/world.ts'
import type { WorldTask } from '../load/world.ts'
import { watchLoop } from '../node/loop-watch.ts'
import type { LoopSeen } from '../node/loop-watch.ts'
import { randomFrom } from '../random.ts'

export interface StormResult {
  readonly wanted: number
  readonly confirmed: number
  readonly busy: number
  /** Still active when nobody waited for them any longer. */
  readonly left: number
  readonly tookMs: number
  readonly ackMs: readonly number[]
  /** By phase and node, in milliseconds. */
  readonly decisions: readonly { readonly phase: Phase; readonly node: string; readonly ms: readonly number[]; readonly denied: number }[]
  /** By phase and process: what it used, and how late its event loop was. */
  readonly processes: readonly { readonly phase: Phase; readonly process: string; readonly seen: LoopSeen }[]
  /** Confirmed ended, and allowed when it was asked about afterwards. */
  readonly stale: number
  readonly askedAgain: number
}

type Phase = 'warming_up' | 'before' | 'during' | 'after'

const OVER_MS = 1_000
const QUIET_MS = 5_000
/** The code of decisions is compiled for good only after a thousand or two of them, and takes both processors for a tenth of a second then. */
const WARM_UP_MS = 8_000
const WARM_UP_SHARE = 10
const SETTLE_MS = 1_500
/** Decisions per second, over both nodes: while it is measured, and before. */
const RATE = 200
const WARM_UP_RATE = 500
const LIVE = 100
/** Of the revoked, those asked about through a door afterwards. */
const SHOWN = 200
const ANSWER_WITHIN_MS = 4_000
const TICK_MS = 5
const ENDED_WITHIN_MS = 60_000
const AT_ONCE = 50
const AGAIN_MS = 100

export async function runStorm(cluster: Cluster, wanted: number, seed: number): Promise<StormResult> {
  const { house, nodes, direct } = cluster
  const random = randomFrom(seed)
  const world = createWorld(random)
  const http = createHttpClient(new URL(house.issuer).host, ANSWER_WITHIN_MS)
  const grpc = createGrpcClient(ANSWER_WITHIN_MS)
  const deps: DoorDeps = { house, http, grpc, direct }
  const supply = createSupply({ house, direct, world, random, record: () => undefined })
  const live = tasksOf(await supply.lasting(LIVE, true))
  const shown = tasksOf(await supply.lasting(Math.min(SHOWN, wanted), true))
  const practice = (await supply.lasting(Math.ceil(wanted / WARM_UP_SHARE), false)).map(({ id }) => id)
  const ids = [...shown.map(({ facts }) => facts.id), ...(await supply.lasting(wanted - shown.length, false)).map(({ id }) => id)]
  const door = DOORS.find(({ name }) => name === 'v1_decide')
  const [stormy] = nodes
  if (door === undefined || stormy === undefined) throw new Error('there is nobody to ask')

  const decisions = new Map<string, { readonly phase: Phase; readonly node: string; readonly ms: number[]; denied: number }>()
  let phase: Phase = 'warming_up'
  const decide = async (node: FaultNode, task: WorldTask, n: number): Promise<void> => {
    const key = `${phase} ${node.place.name}`
    const row = decisions.get(key) ?? { phase, node: node.place.name, ms: [], denied: 0 }
    decisions.set(key, row)
    const began = performance.now()
    const { result } = await door.ask(deps, node.place, { task, resource: 'payments', n })
    row.ms.push(performance.now() - began)
    if (result !== 'allow') row.denied += 1
  }
  const ask = (n: number): Promise<void> => {
    const node = nodes[n % nodes.length]
    const task = live[n % live.length]
    return node === undefined || task === undefined ? Promise.resolve() : decide(node, task, n)
  }
  const processes: StormResult['processes'][number][] = []
  const own = watchLoop()
  const look = async (): Promise<void> => {
    const ended = phase
    const seen = await Promise.all(nodes.map(async (node) => ({ phase: ended, process: node.place.name, seen: await node.looked() })))
    processes.push(...seen, { phase: ended, process: 'tester', seen: own.look() })
  }
  const warmingUp = startLoad(WARM_UP_RATE, ask)
  await storm(stormy, practice)
  await pause(WARM_UP_MS)
  await warmingUp.stop()
  await untilEnded(direct, practice)
  const load = startLoad(RATE, ask)
  await pause(SETTLE_MS)
  await look()
  phase = 'before'
  await pause(QUIET_MS)
  await look()
  phase = 'during'
  const began = performance.now()
  const { confirmed, ackMs, busy } = await storm(stormy, ids)
  // Whoever was told that many wait is done in turn.
  const left = await untilEnded(direct, ids)
  const tookMs = performance.now() - began
  await look()
  phase = 'after'
  await pause(QUIET_MS)
  await look()
  await load.stop()
  const ended = new Set(confirmed)
  const again = shown.filter(({ facts }) => ended.has(facts.id))
  const answers = await Promise.all(again.flatMap((task) => nodes.map((node) => door.ask(deps, node.place, { task, resource: 'payments', n: 0 }))))
  http.close()
  grpc.close()
  return {
    wanted: ids.length,
    confirmed: confirmed.length,
    busy,
    left,
    tookMs,
    ackMs,
    processes: processes.filter((row) => row.phase !== 'warming_up'),
    decisions: [...decisions.values()].filter((row) => row.phase !== 'warming_up'),
    stale: answers.filter(({ result }) => result === 'allow').length,
    askedAgain: answers.length,
  }
}

async function storm(node: FaultNode, tasks: readonly string[]): ReturnType<FaultNode['stormed']> {
  const done = node.stormed()
  node.tell({ type: 'storm', tasks, overMs: OVER_MS })
  return await done
}

/** How many still live when they should have ended long ago. */
async function untilEnded({ store }: Direct, ids: readonly string[]): Promise<number> {
  let left = ids
  for (const until = performance.now() + ENDED_WITHIN_MS; left.length > 0 && performance.now() < until;) {
    const next = left.slice(0, AT_ONCE)
    const active = await Promise.all(next.map(async (id) => ((await isActive(store, id)) ? [id] : [])))
    left = [...active.flat(), ...left.slice(AT_ONCE)]
    await pause(active.flat().length > 0 ? AGAIN_MS : 1)
  }
  return left.length
}

async function isActive(store: Direct['store'], id: string): Promise<boolean> {
  const taskId = parseTaskId(id)
  if (taskId === undefined) return false
  try {
    return (await store.findTask(taskId))?.state === 'active'
  } catch {
    return true
  }
}

function tasksOf(made: readonly LastingTask[]): readonly WorldTask[] {
  return made.flatMap(({ task }) => (task === undefined ? [] : [task]))
}

/** A constant rate, whatever the answers take. */
function startLoad(rate: number, ask: (n: number) => Promise<void>): { stop(): Promise<void> } {
  const began = performance.now()
  const underWay = new Set<Promise<void>>()
  let sent = 0
  const timer = setInterval(() => {
    for (const due = Math.floor(((performance.now() - began) / 1000) * rate); sent < due; sent += 1) {
      const asked = ask(sent)
      underWay.add(asked)
      void asked.finally(() => underWay.delete(asked))
    }
  }, TICK_MS)
  return {
    async stop() {
      clearInterval(timer)
      await Promise.all(underWay)
    },
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

// What happens to nodes, to their clocks, and by very many revocations at once. The same for every store.
import type { RevokeEvent } from '../checker/event.ts'
import { ALIAS, USERS } from '../cluster/house.ts'
import type { FaultNode } from '../cluster/node-process.ts'
import type { Fault, Stage } from './fault.ts'

const BOTH = ['sqlite', 'redis'] as const
const FIVE_MINUTES_MS = 300_000
const TOGETHER = 100
const CUT_EVERY_MS = 500
const SIGNED_IN_AGO = [5, 60, 240] as const

export const NODE_FAULTS: readonly Fault[] = [
  {
    name: 'node kill -9, restart',
    stores: BOTH,
    holds: 'acked revokes survive; no ALLOW without its record',
    inject: (stage) => killed(stage, (node) => node.kill()),
  },
  {
    name: 'node SIGTERM under load',
    stores: BOTH,
    holds: 'no ALLOW without its record; in-flight finish',
    inject: (stage) => killed(stage, (node) => node.end()),
  },
  {
    name: 'node paused',
    stores: BOTH,
    holds: 're-reads before any ALLOW',
    async inject(stage) {
      const node = stage.someNode()
      node.pause()
      await stage.wait(stage.ms)
      node.resume()
    },
  },
  {
    name: 'event loop stalls',
    stores: BOTH,
    holds: 'late = DENY',
    async inject(stage) {
      const node = stage.someNode()
      for (let left = stage.ms; left > 0; left -= 2_500) {
        node.tell({ type: 'stall', ms: Math.min(2_000, left) })
        await stage.wait(Math.min(2_500, left))
      }
    },
  },
  {
    name: 'node out of heap',
    stores: BOTH,
    holds: 'no partial ALLOW',
    inject: (stage) =>
      killed(stage, async (node) => {
        node.tell({ type: 'hog' })
        await stage.wait(Math.min(stage.ms, 3_000))
        await node.kill()
      }),
  },
  { name: 'clock five minutes ahead', stores: BOTH, holds: 'nothing that ended lives', inject: (stage) => clockOff(stage, FIVE_MINUTES_MS) },
  { name: 'clock five minutes back', stores: BOTH, holds: 'nothing that ended lives', inject: (stage) => clockOff(stage, -FIVE_MINUTES_MS) },
  {
    name: 'people cut off by a node whose clock is behind',
    stores: BOTH,
    holds: 'no task begins with a sign-in from before',
    evidence: { what: 'sign-ins from before a confirmed cut-off that were tried', atLeast: 10 },
    async inject(stage) {
      const node = stage.someNode()
      node.tell({ type: 'clock', offsetMs: -FIVE_MINUTES_MS })
      try {
        for (let left = stage.ms; left > 0; left -= CUT_EVERY_MS) {
          const user = `${ALIAS}:${stage.random.pick(USERS) ?? ''}`
          const { result } = await stage.revoker.user(user, node)
          // Of some seconds ago: between the node's time and the true one.
          if (result === 'ok') await Promise.all(SIGNED_IN_AGO.map((seconds) => stage.supply.signedIn(user, seconds)))
          if (result === 'ok') stage.evidence(SIGNED_IN_AGO.length)
          await stage.wait(Math.min(CUT_EVERY_MS, left))
        }
      } finally {
        node.tell({ type: 'clock', offsetMs: 0 })
      }
    },
  },
  {
    name: 'thundering revoke',
    stores: BOTH,
    holds: 'ack p99 reported, 0 stale',
    async inject({ supply, revoker, wait, ms, note }) {
      const tasks = await supply.many(Math.round(ms / 4))
      const began = performance.now()
      const answers: RevokeEvent[] = []
      // As fast as they are answered, and many at once.
      for (let at = 0; at < tasks.length; at += TOGETHER)
        answers.push(...(await Promise.all(tasks.slice(at, at + TOGETHER).map((task) => revoker.atStore(task)))))
      const times = answers.filter(({ result }) => result === 'ok').map(({ invokeNs, endNs }) => (endNs - invokeNs) / 1e6)
      const p99 = times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0
      note(`${times.length} of ${tasks.length} revocations confirmed in ${Math.round(performance.now() - began)} ms, ack p99 ${Math.round(p99)} ms`)
      await wait(ms / 4)
    },
  },
]

async function killed({ someNode, wait, ms }: Stage, end: (node: FaultNode) => Promise<void>): Promise<void> {
  const node = someNode()
  await end(node)
  await wait(ms / 2)
  await node.start()
}

async function clockOff({ someNode, wait, ms }: Stage, offsetMs: number): Promise<void> {
  const node = someNode()
  node.tell({ type: 'clock', offsetMs })
  await wait(ms)
  node.tell({ type: 'clock', offsetMs: 0 })
  await wait(ms / 4)
}

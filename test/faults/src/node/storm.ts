// Very many revocations at one node's own store, evenly over a time, whatever the answers take: in the process that decides too, so that what they cost its
// decisions is seen. What asks for them is left out: no machine asks a node so often over HTTP.
import { newRevocationId, systemClock } from '@bailiwick/core'
import type { TaskStore } from '@bailiwick/task-state'
import type { NodeEvent } from './messages.ts'

const TICK_MS = 5

export async function storm(store: TaskStore, tasks: readonly string[], overMs: number): Promise<Extract<NodeEvent, { type: 'stormed' }>> {
  const confirmed: string[] = []
  const ackMs: number[] = []
  let busy = 0
  const one = async (id: string): Promise<void> => {
    const atMs = systemClock.nowMs()
    const began = performance.now()
    try {
      const done = await store.revoke({ id: newRevocationId(atMs), scope: { kind: 'task', id }, reason: 'storm', hold: false, setBy: 'operator:storm', atMs })
      if (!done.ok || done.value.status !== 'confirmed') return
      confirmed.push(id)
      ackMs.push(performance.now() - began)
    } catch {
      // Told that many wait; it is done in its turn.
      busy += 1
    }
  }
  const began = performance.now()
  const answered: Promise<void>[] = []
  while (answered.length < tasks.length) {
    const due = Math.min(tasks.length, Math.ceil(((performance.now() - began + TICK_MS) / overMs) * tasks.length))
    for (const id of tasks.slice(answered.length, due)) answered.push(one(id))
    await new Promise((resolve) => setTimeout(resolve, TICK_MS))
  }
  await Promise.all(answered)
  return { type: 'stormed', confirmed, ackMs, busy }
}

// The race a last check exists for, made on purpose: a check waits (its policy answer, or its record, is held), its task is revoked and confirmed, and
// only then what it waits for is let go. The answer has to be a deny.
import { nowNs } from '../clock.ts'
import type { FaultNode } from '../cluster/node-process.ts'
import type { StubPdp } from '../cluster/stub-pdp.ts'
import type { Held } from '../checker/event.ts'
import type { Random } from '../random.ts'
import { DOORS } from './doors.ts'
import type { Load } from './load.ts'
import type { Revoker } from './revoker.ts'
import type { Supply } from './supply.ts'

export interface HeldCheckDeps {
  readonly nodes: readonly FaultNode[]
  readonly pdp: StubPdp
  readonly supply: Supply
  readonly revoker: Revoker
  readonly load: Load
  readonly random: Random
}

/** What waits has a deadline of its own: an answer that never comes is not waited for. */
const ARRIVES_WITHIN_MS = 800

/** Resolves when the check was answered. Nothing where no node or no task is to be had. */
export async function heldCheck(deps: HeldCheckDeps, what: Held): Promise<void> {
  const { nodes, pdp, supply, revoker, load, random } = deps
  const node = random.pick(nodes.filter(({ state, place }) => state() === 'running' && !(what === 'policy' && place.realCerbos)))
  const door = random.pick(DOORS.filter(({ asksPolicy }) => what === 'audit' || asksPolicy))
  const task = node === undefined ? undefined : await supply.apart()
  if (node === undefined || door === undefined || task === undefined) return
  const { id } = task.facts
  let releasedNs = Number.POSITIVE_INFINITY
  const held = what === 'policy' ? pdp.hold(id) : holdRecord(node, id)
  const answered = load.check(door, node, task, { what, releasedNs: () => releasedNs })
  const there = await Promise.race([held.arrived.then(() => true), answered.then(() => false), after(ARRIVES_WITHIN_MS).then(() => false)])
  if (there) await revoker.task(task, node)
  releasedNs = nowNs()
  held.release()
  await answered
}

function holdRecord(node: FaultNode, task: string): { readonly arrived: Promise<void>; release(): void } {
  const arrived = node.recordHeld(task)
  node.tell({ type: 'hold_record', task })
  return { arrived, release: () => node.tell({ type: 'release_record', task }) }
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

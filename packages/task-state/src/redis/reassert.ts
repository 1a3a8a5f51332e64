// Puts back what this node recorded: every act that ended authority, at the revision it was recorded at. Repeatable, and a union: what several nodes
// put back in any order adds up. It only ever ends more, with one exception: a lift, which was recorded after it had been done.
//
// A revocation is recorded twice. The intent, before the write, cannot know its revision yet and says 0; what became of it says which. Where only the
// intent is known it is done now, at a new revision: tasks may have been created between the two, and it has to end those too.
import { isOlder, parseRevocationId, parseTaskId } from '@bailiwick/core'
import type { Clock, RecordedAct, Revision, Revocation, RevocationScope } from '@bailiwick/core'
import { corrupt } from '../corrupt.ts'
import { hasLapsed } from '../single-use-times.ts'
import { digestOf, tagOf } from './keys.ts'
import type { Argument, Session } from './link.ts'
import { END_TOKEN, LIFT_HOLD, RECORD_REVOCATION } from './lua/write-act.ts'
import { REPLAY_COMPLETION } from './lua/write-task.ts'
import type { Script } from './script.ts'
import { argumentsOf } from './view.ts'
import type { View } from './view.ts'

const AT_ONCE = 64

export interface ReassertTarget {
  readonly session: Session
  readonly head: string
  readonly view: View
  readonly clock: Clock
}

/** Resolves when the store has all of them. Throws a Fault as soon as one cannot be put back: then the store may not answer yet. */
export async function reassert(target: ReassertTarget, acts: readonly RecordedAct[]): Promise<void> {
  const { session, head, view } = target
  const best = latestOf(acts)
  const wanted = acts.filter((act) => act.act !== 'revoke' || best.get(act.revocation.id) === act.revocation)
  const nowSeconds = Math.floor(target.clock.nowMs() / 1000)
  for (let at = 0; at < wanted.length; at += AT_ONCE) {
    const batch = wanted.slice(at, at + AT_ONCE).map((act) => toReplay(act, nowSeconds))
    await Promise.all(batch.map(async (one) => (one === undefined ? undefined : await session.run(one.script, head, [...argumentsOf(view), ...one.args]))))
  }
}

/** The highest epoch any act was recorded in; an act of a later epoch than the store's would end what it must not. */
export function highestEpochOf(acts: readonly RecordedAct[]): number {
  return acts.reduce((highest, act) => (act.act === 'revoke' ? Math.max(highest, act.revocation.revision.epoch) : highest), 0)
}

/** Of the records of one revocation, the one that knows most. */
function latestOf(acts: readonly RecordedAct[]): ReadonlyMap<string, Revocation> {
  const best = new Map<string, Revocation>()
  for (const act of acts) {
    if (act.act !== 'revoke') continue
    const known = best.get(act.revocation.id)
    if (known === undefined || knowsMore(act.revocation.revision, known.revision)) best.set(act.revocation.id, act.revocation)
  }
  return best
}

function knowsMore(a: Revision, b: Revision): boolean {
  if (a.revision === 0) return false
  return b.revision === 0 || isOlder(b, a)
}

interface Replay {
  readonly script: Script
  readonly args: readonly Argument[]
}

function toReplay(act: RecordedAct, nowSeconds: number): Replay | undefined {
  switch (act.act) {
    case 'revoke': {
      if (parseRevocationId(act.revocation.id) === undefined) throw corrupt('recorded revocation')
      return { script: RECORD_REVOCATION, args: revocationArguments(act.revocation, 'replay', { ...act.revocation.revision, cutAtMs: act.cutAtMs ?? 0 }) }
    }
    case 'complete':
      if (hasLapsed(act.untilSeconds, nowSeconds) || parseTaskId(act.taskId) === undefined) return undefined
      return { script: REPLAY_COMPLETION, args: [act.taskId, act.by, Math.floor(act.atMs)] }
    case 'revoke_token':
      if (hasLapsed(act.untilSeconds, nowSeconds)) return undefined
      return { script: END_TOKEN, args: [digestOf(act.jti), act.untilSeconds, nowSeconds, 'replay', act.jti] }
    case 'lift':
      return parseRevocationId(act.revocationId) === undefined
        ? undefined
        : { script: LIFT_HOLD, args: [act.revocationId, act.by, Math.floor(act.atMs), 'replay'] }
  }
}

/** Where the store is known to have recorded an act, and when by its clock. */
export interface KnownPlace extends Revision {
  readonly cutAtMs: number
}

export const NOT_RECORDED: KnownPlace = { epoch: 0, revision: 0, cutAtMs: 0 }

export function revocationArguments(act: Omit<Revocation, 'revision'>, mode: 'new' | 'replay', known: KnownPlace): readonly Argument[] {
  const { id, scope, reason, hold, holdScope, setBy, setAtMs } = act
  const held = holdScope ?? scope
  return [
    id,
    scope.kind,
    scope.id,
    targetOf(scope),
    reason,
    hold ? 1 : 0,
    holdScope?.kind ?? '',
    holdScope?.id ?? '',
    hold && held.kind !== 'task' ? tagOf(held) : '',
    setBy,
    setAtMs,
    mode,
    known.epoch,
    known.revision,
    known.cutAtMs,
  ]
}

/** What the scripts look for: the task, or the scope's tag. An id that is none names no task. */
export function targetOf(scope: RevocationScope): string {
  if (scope.kind !== 'task') return tagOf(scope)
  return parseTaskId(scope.id) ?? 'none'
}

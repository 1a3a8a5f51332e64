// When the authority of each task had certainly ended: the earliest answer of a confirmed revocation that covers it, by the tester's own knowledge of
// who is in the task. A cut-off covers what was certainly created before it was asked for; what overlaps it may be either, and is not judged by it.
// Fed in the order things ended. No I/O.
import type { CreateEvent, RevokeEvent, Scope, TaskFacts } from './event.ts'
import { isIn } from './in-scope.ts'

export interface Authority {
  created(event: CreateEvent): void
  revoked(event: RevokeEvent): void
  /** Undefined while nothing confirmed stands against it. */
  endedNs(task: string, resource: string, token: string): number | undefined
  /** How long ago the person's sign-in was ended by an act that was confirmed before the task was asked for; undefined where none was. */
  signInEndedNs(event: CreateEvent): number | undefined
  /** The earliest answer of a confirmed act on the task itself; what people are shown of it says so. */
  revokedItselfNs(task: string): number | undefined
  /** Whether any act but a refused one that was asked for since it was made may have ended it. */
  mayHaveEnded(task: string, resource: string): boolean
  /** The same by that time, acts from before it was made among them: what nobody confirmed is tried again, and may happen at any time. */
  couldHaveEnded(task: string, resource: string, byNs: number): boolean
  isKnown(task: string): boolean
  facts(task: string): TaskFacts | undefined
}

interface Known {
  readonly facts: TaskFacts
  readonly createdNs: number
  /** Root first, itself last. */
  readonly path: readonly Known[]
  /** A cut-off from before it was made may still come to cover it. */
  mayLater: boolean
  endedNs: number
  readonly endedAt: Map<string, number>
  /** When the first act was asked for that may have ended it, everywhere or at a resource. */
  maybeNs: number
  readonly maybeAt: Map<string, number>
}

export function createAuthority(): Authority {
  const tasks = new Map<string, Known>()
  const tokens = new Map<string, number>()
  /** By user: acts that ended every sign-in from before. */
  const signIns = new Map<string, RevokeEvent[]>()
  const themselves = new Map<string, number>()
  /** Cut-offs nobody confirmed. */
  const pending = new Map<string, Scope>()

  function end(known: Known, scope: Scope, atNs: number): void {
    if (scope.kind === 'resource') known.endedAt.set(scope.id, Math.min(known.endedAt.get(scope.id) ?? Number.POSITIVE_INFINITY, atNs))
    else known.endedNs = Math.min(known.endedNs, atNs)
  }

  function firstAct(task: string, resource: string): number {
    const known = tasks.get(task)
    return Math.min(known?.maybeNs ?? Number.POSITIVE_INFINITY, known?.maybeAt.get(resource) ?? Number.POSITIVE_INFINITY)
  }

  return {
    created({ task, result, endNs }) {
      if (result === 'fail') return
      const parent = task.parent === undefined ? undefined : tasks.get(task.parent)
      const path = [...(parent?.path ?? [])]
      const known: Known = {
        facts: task,
        // Of a creation nobody confirmed nobody knows when: no cut-off certainly covers it.
        createdNs: result === 'ok' ? endNs : Number.POSITIVE_INFINITY,
        path,
        mayLater: false,
        endedNs: parent?.endedNs ?? Number.POSITIVE_INFINITY,
        endedAt: new Map(parent?.endedAt),
        maybeNs: parent?.maybeNs ?? Number.POSITIVE_INFINITY,
        maybeAt: new Map(parent?.maybeAt),
      }
      path.push(known)
      known.mayLater = path.some(({ mayLater, facts }) => mayLater || [...pending.values()].some((scope) => isIn(facts, scope)))
      tasks.set(task.id, known)
    },
    revoked(event) {
      const { scope, result, invokeNs, endNs } = event
      if (result === 'fail') return
      if (scope.kind === 'token') {
        if (result === 'ok') tokens.set(scope.id, Math.min(tokens.get(scope.id) ?? Number.POSITIVE_INFINITY, endNs))
        return
      }
      if (result === 'info' && scope.kind !== 'task') pending.set(`${scope.kind} ${scope.id}`, scope)
      if (scope.kind === 'user' && result === 'ok') signIns.set(scope.id, [...(signIns.get(scope.id) ?? []), event])
      if (scope.kind === 'task' && result === 'ok') themselves.set(scope.id, Math.min(themselves.get(scope.id) ?? Number.POSITIVE_INFINITY, endNs))
      for (const known of tasks.values()) {
        const within = known.path.filter((one) => isIn(one.facts, scope))
        if (within.length === 0 && !(scope.kind === 'task' && known.facts.id === scope.id)) continue
        if (scope.kind === 'resource') known.maybeAt.set(scope.id, Math.min(known.maybeAt.get(scope.id) ?? Number.POSITIVE_INFINITY, invokeNs))
        else known.maybeNs = Math.min(known.maybeNs, invokeNs)
        const isOlder = scope.kind === 'task' || within.some(({ createdNs }) => createdNs < invokeNs)
        if (result === 'ok' && isOlder) end(known, scope, endNs)
      }
    },
    endedNs(task, resource, token) {
      const known = tasks.get(task)
      const atNs = Math.min(
        known?.endedNs ?? Number.POSITIVE_INFINITY,
        known?.endedAt.get(resource) ?? Number.POSITIVE_INFINITY,
        tokens.get(token) ?? Number.POSITIVE_INFINITY,
      )
      return Number.isFinite(atNs) ? atNs : undefined
    },
    signInEndedNs({ task, signedInNs, invokeNs }) {
      if (signedInNs === undefined) return undefined
      const act = signIns.get(task.user)?.find((cut) => signedInNs < cut.invokeNs && cut.endNs < invokeNs)
      return act === undefined ? undefined : invokeNs - act.endNs
    },
    revokedItselfNs: (task) => themselves.get(task),
    mayHaveEnded: (task, resource) => firstAct(task, resource) < Number.POSITIVE_INFINITY,
    couldHaveEnded: (task, resource, byNs) => tasks.get(task)?.mayLater === true || firstAct(task, resource) < byNs,
    isKnown: (task) => tasks.has(task),
    facts: (task) => tasks.get(task)?.facts,
  }
}

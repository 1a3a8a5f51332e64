// What the tester knows to exist: live tasks with their tokens, and those it ended or may have. Who is covered by an act is decided here by the tester's
// own facts, as in the checker. No I/O.
import type { Scope, TaskFacts } from '../checker/event.ts'
import { isIn } from '../checker/in-scope.ts'
import type { Random } from '../random.ts'

export interface Token {
  readonly jwt: string
  readonly jti: string
}

export interface WorldTask {
  readonly facts: TaskFacts
  readonly depth: number
  readonly taskToken: string
  /** By resource. */
  readonly tokens: ReadonlyMap<string, Token>
}

/** The runtime token for a resource; empty where there is none. */
export function tokenOf({ tokens }: WorldTask, resource: string): string {
  return tokens.get(resource)?.jwt ?? ''
}

export interface World {
  readonly live: readonly WorldTask[]
  /** Oldest first. */
  readonly ended: readonly WorldTask[]
  add(task: WorldTask): void
  /** Live tasks the act covers; they count as ended from now on, whatever came of it. */
  end(scope: Scope): readonly WorldTask[]
  /** Any ended task, the last ones far more often. */
  pickEnded(): WorldTask | undefined
  pickLive(): WorldTask | undefined
}

/** More would only take memory: which of very many old tasks is asked about says nothing new. */
const MAX_ENDED = 20_000

export function createWorld(random: Random): World {
  let live: WorldTask[] = []
  let ended: WorldTask[] = []
  const byId = new Map<string, WorldTask>()

  const covers = (task: WorldTask, scope: Scope): boolean => {
    for (let at: WorldTask | undefined = task; at !== undefined; at = at.facts.parent === undefined ? undefined : byId.get(at.facts.parent)) {
      if (isIn(at.facts, scope)) return true
    }
    return scope.kind === 'token' && [...task.tokens.values()].some(({ jti }) => jti === scope.id)
  }

  return {
    get live() {
      return live
    },
    get ended() {
      return ended
    },
    add(task) {
      byId.set(task.facts.id, task)
      live.push(task)
    },
    end(scope) {
      const hit = live.filter((task) => covers(task, scope))
      if (hit.length === 0) return hit
      const gone = new Set(hit)
      live = live.filter((task) => !gone.has(task))
      ended.push(...hit)
      if (ended.length > MAX_ENDED) for (const old of ended.splice(0, ended.length - MAX_ENDED)) byId.delete(old.facts.id)
      return hit
    },
    pickEnded: () => (ended.length === 0 ? undefined : ended[ended.length - 1 - random.zipf(ended.length)]),
    pickLive: () => random.pick(live),
  }
}

// Task stores that cheat, each in the one way people build them. Wrapped around the product's own store inside a node when a mutant asks for it by name.
import type { Result } from '@bailiwick/core'
import type { Acknowledgement, Standing, StandingQuery, TaskStore } from '@bailiwick/task-state'

type Spoil = (store: TaskStore) => TaskStore

const CACHE_MS = 2_000
const REVOCATION_TTL_MS = 1_000
const WRITE_LATER_MS = 400

export const BAD_STORES = {
  'cached-reads': (store) => {
    const known = new Map<string, { readonly atMs: number; readonly standing: Result<Standing> }>()
    return {
      ...store,
      async readStanding(query) {
        const found = known.get(keyOf(query))
        if (found !== undefined && performance.now() - found.atMs < CACHE_MS) return found.standing
        const standing = await store.readStanding(query)
        known.set(keyOf(query), { atMs: performance.now(), standing })
        return standing
      },
    }
  },
  'local-hints': (store) => {
    const known = new Map<string, Result<Standing>>()
    const forgetting = async <T>(write: () => Promise<T>): Promise<T> => {
      const written = await write()
      known.clear()
      return written
    }
    return {
      ...store,
      async readStanding(query) {
        const standing = known.get(keyOf(query)) ?? (await store.readStanding(query))
        known.set(keyOf(query), standing)
        return standing
      },
      revoke: (input) => forgetting(() => store.revoke(input)),
      completeTask: (...given) => forgetting(() => store.completeTask(...given)),
      revokeToken: (...given) => forgetting(() => store.revokeToken(...given)),
    }
  },
  'open-on-error': (store) => {
    const last = new Map<string, Result<Standing>>()
    return {
      ...store,
      async readStanding(query) {
        try {
          const standing = await store.readStanding(query)
          if (standing.ok) last.set(keyOf(query), standing)
          return standing
        } catch (error) {
          const known = last.get(keyOf(query))
          if (known === undefined) throw error
          return known
        }
      },
    }
  },
  'short-memory': (store) => {
    const last = new Map<string, Result<Standing>>()
    const denied = new Map<string, number>()
    return {
      ...store,
      async readStanding(query) {
        const key = keyOf(query)
        const standing = await store.readStanding(query)
        if (standing.ok) {
          last.set(key, standing)
          return standing
        }
        const since = denied.get(key) ?? performance.now()
        denied.set(key, since)
        const before = last.get(key)
        return before !== undefined && performance.now() - since > REVOCATION_TTL_MS ? before : standing
      },
    }
  },
  'confirmed-anyway': (store) => ({
    ...store,
    async revoke(input) {
      try {
        const done = await store.revoke(input)
        return done.ok ? { ok: true, value: { ...done.value, status: 'confirmed' } } : done
      } catch {
        return { ok: true, value: CONFIRMED }
      }
    },
  }),
  'writes-later': (store) => ({
    ...store,
    async revoke(input) {
      setTimeout(() => void store.revoke(input).catch(() => undefined), WRITE_LATER_MS)
      return { ok: true, value: CONFIRMED }
    },
  }),
} satisfies Record<string, Spoil>

export type BadStore = keyof typeof BAD_STORES

const CONFIRMED: Acknowledgement = {
  status: 'confirmed',
  revision: { epoch: 1, revision: 1 },
  durability: 'local',
  replicas: { needed: 0, acked: 0 },
  endedTasks: 1,
}

function keyOf({ taskId, resource, jti, newWork }: StandingQuery): string {
  return JSON.stringify([taskId, resource, jti, newWork])
}

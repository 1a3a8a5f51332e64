// Which kinds of revocations there are, how often each is made, and of what. Chosen from the run's seed. No I/O.
import { AGENTS, ALIAS, USERS } from '../cluster/house.ts'
import type { Random } from '../random.ts'
import type { WorldTask } from './world.ts'

export const KINDS = [
  { kind: 'task', weight: 70 },
  { kind: 'completion', weight: 4 },
  { kind: 'token', weight: 8 },
  { kind: 'user', weight: 9 },
  { kind: 'agent', weight: 5 },
  { kind: 'client', weight: 3 },
  { kind: 'resource', weight: 2 },
  { kind: 'everything', weight: 0.5 },
] as const

export function idOf(kind: 'task' | 'user' | 'agent' | 'client' | 'resource' | 'everything', { facts }: WorldTask, random: Random): string {
  switch (kind) {
    case 'task':
      return facts.id
    case 'user':
      return `${ALIAS}:${random.pick(USERS) ?? ''}`
    case 'agent':
      return `client:${random.pick(AGENTS) ?? ''}`
    case 'client':
      return random.pick(AGENTS) ?? ''
    // The other resource goes on living: most of what is asked is about it.
    case 'resource':
      return 'tickets'
    case 'everything':
      return '*'
  }
}

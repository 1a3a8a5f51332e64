// Names of what the store keeps in Redis (docs/state.md describes them). Everything a caller could choose is hashed, so no id can reach into
// another key by a `:`, a line break or a NUL, and every name is of one size. Task and revocation ids are checked against their exact form instead.
// One hash tag holds all keys in one slot.
import { hash } from 'node:crypto'
import type { RevocationScope } from '@bailiwick/core'

/** SHA-256, base64url. A text that is no well-formed UTF-16 hashes as what would be stored of it. */
export function digestOf(text: string): string {
  return hash('sha256', text, 'base64url')
}

/** Of each of two generations. */
const GENERATION = 2_048
const LONGEST = 128
let recent = new Map<string, string>()
let earlier: ReadonlyMap<string, string> = new Map()

/** As {@link digestOf}, remembered: reads name the same resource, key and token again and again, and the hashes were the dearest of what a read did here. */
export function digestOfNamed(text: string): string {
  if (text.length > LONGEST) return digestOf(text)
  const known = recent.get(text)
  if (known !== undefined) return known
  const digest = earlier.get(text) ?? digestOf(text)
  if (recent.size >= GENERATION) {
    earlier = recent
    recent = new Map()
  }
  recent.set(text, digest)
  return digest
}

/** How a scope is named in the store: its kind, which is one of a fixed list, and the digest of its id. */
export function tagOf(scope: RevocationScope): string {
  return `${scope.kind}:${digestOfNamed(scope.id)}`
}

export interface Keyspace {
  /** The one key every script is given; the others are derived from it, by the scripts too. */
  readonly head: string
  task(id: string): string
  revocation(id: string): string
  readonly revocations: string
  readonly allTasks: string
  tasksOfSubject(sub: string): string
  tasksOfAgent(agentId: string): string
  childrenOf(id: string): string
}

export function keyspaceOf(namespace: string): Keyspace {
  const prefix = `{${namespace}}:`
  return {
    head: `${prefix}head`,
    task: (id) => `${prefix}t:${id}`,
    revocation: (id) => `${prefix}r:${id}`,
    revocations: `${prefix}revs`,
    allTasks: `${prefix}by:all`,
    tasksOfSubject: (sub) => `${prefix}by:sub:${digestOf(sub)}`,
    tasksOfAgent: (agentId) => `${prefix}by:agent:${digestOf(agentId)}`,
    childrenOf: (id) => `${prefix}by:parent:${id}`,
  }
}

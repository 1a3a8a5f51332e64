// Which scopes a task belongs to: everything a revocation could name to end it. Pure. Worked out once, from what is stored, when the task is
// created, so that no later caller can leave one out. Resource and key are not here: they depend on the call, not on the task.
import { actorChain } from '@bailiwick/core'
import type { Actor, RevocationScope, Subject } from '@bailiwick/core'

/** Everyone involved in a task or in new work. */
export interface Parties {
  readonly subject: Subject
  /** `sub`s that act: the agent and every actor of the chain. */
  readonly actors: readonly string[]
  readonly clients: readonly string[]
  readonly createdBy?: string
}

/** More scopes than any honest identity has; a SPIFFE ID may be 2 KiB of one-letter segments. */
export const MAX_SCOPES = 256

const CLIENT = 'client:'
const OPERATOR = 'operator:'
const SPIFFE = 'spiffe://'

export function actorClients(actor: Actor | undefined): readonly string[] {
  const clients: string[] = []
  for (let at = actor; at !== undefined; at = at.act) if (at.client_id !== undefined) clients.push(at.client_id)
  return clients
}

export function partiesOf(task: {
  readonly subject: Subject
  readonly agent: { readonly id: string; readonly clientId: string }
  readonly act?: Actor
  readonly createdBy: string
  readonly createdByClient?: string
}): Parties {
  return {
    subject: task.subject,
    actors: [task.agent.id, ...actorChain(task.act)],
    clients: [task.agent.clientId, ...actorClients(task.act), ...(task.createdByClient === undefined ? [] : [task.createdByClient])],
    createdBy: task.createdBy,
  }
}

/** Each scope once. `undefined` when there are more than {@link MAX_SCOPES}: refuse the work, never cut the list. */
export function scopeKeysOf(parties: Parties): readonly RevocationScope[] | undefined {
  const keys = new Map<string, RevocationScope>()
  const add = (kind: RevocationScope['kind'], id: string): void => {
    keys.set(`${kind} ${id}`, { kind, id })
  }
  add('everything', '*')
  // Under `user` whatever kind of subject it is: an operator who names the subject must hit it.
  add('user', parties.subject.sub)
  if (parties.subject.kind !== 'user') add('agent', parties.subject.sub)
  for (const actor of parties.actors) add('agent', actor)
  for (const client of parties.clients) add('client', client)
  if (parties.createdBy !== undefined) addCreator(parties.createdBy, add)
  for (const identity of [parties.subject.sub, ...parties.actors, parties.createdBy ?? '']) {
    if (identity.startsWith(CLIENT)) add('client', identity.slice(CLIENT.length))
    if (identity.startsWith(SPIFFE)) for (const prefix of segmentPrefixes(identity)) add('workload', prefix)
    if (keys.size > MAX_SCOPES) return undefined
  }
  return keys.size > MAX_SCOPES ? undefined : [...keys.values()]
}

function addCreator(createdBy: string, add: (kind: RevocationScope['kind'], id: string) => void): void {
  if (createdBy.startsWith(OPERATOR)) add('operator', createdBy)
  else if (createdBy.startsWith(CLIENT) || createdBy.startsWith(SPIFFE)) add('agent', createdBy)
  else add('user', createdBy)
}

/** `spiffe://a/b/c` -> itself, `spiffe://a/b`, `spiffe://a`: whole segments only, so `spiffe://a/b` never covers `spiffe://a/bc`. */
function segmentPrefixes(spiffeId: string): readonly string[] {
  const prefixes: string[] = []
  for (let at = spiffeId.length; at > SPIFFE.length; at = spiffeId.lastIndexOf('/', at - 1)) {
    prefixes.push(spiffeId.slice(0, at))
    if (prefixes.length > MAX_SCOPES) break
  }
  return prefixes
}

/** `spiffe://a/b/` means the same prefix as `spiffe://a/b`; left as it is it would match nothing and still be acknowledged. */
export function normaliseScope(scope: RevocationScope): RevocationScope {
  if (scope.kind === 'workload') return { kind: 'workload', id: scope.id.replace(/(?<!\/)\/+$/, '') }
  return scope.kind === 'everything' ? { kind: 'everything', id: '*' } : scope
}

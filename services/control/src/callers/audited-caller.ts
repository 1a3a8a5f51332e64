// Who made an act at control, as its audit record tells it. Pure.
import { actorChain } from '@bailiwick/core'
import type { AuditEntry } from '@bailiwick/audit'
import type { Caller } from './caller.ts'

type AuditedCaller = Pick<AuditEntry, 'subject' | 'actor' | 'client_id' | 'plane'>

export function auditedCaller(caller: Caller): AuditedCaller {
  switch (caller.kind) {
    case 'operator':
      return { plane: 'operators', subject: { sub: caller.onBehalfOf?.sub ?? caller.sub }, actor: { sub: caller.sub, chain: [caller.sub] } }
    case 'person':
      return {
        plane: 'operators',
        subject: { sub: caller.sub, iss: caller.subject.iss, kind: caller.subject.kind },
        actor: { sub: caller.sub, chain: [caller.sub] },
      }
    case 'client':
      return {
        plane: 'agents',
        client_id: caller.client.id,
        subject: { sub: caller.onBehalfOf?.sub ?? caller.sub },
        actor: { sub: caller.sub, chain: [caller.sub] },
      }
    case 'agent': {
      const { subject, act } = caller.standing.task
      const chain = act === undefined ? [caller.sub] : actorChain(act)
      return {
        plane: 'agents',
        client_id: caller.client.id,
        subject: { sub: subject.sub, iss: subject.iss, kind: subject.kind },
        actor: { sub: caller.sub, chain },
      }
    }
  }
}

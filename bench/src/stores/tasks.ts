// Tasks to read and end: a person's, with an agent, bound to a ticket, as a portal makes them.
import { newRevocationId, newTaskId, parseClientId, parseResourceName, systemClock } from '@bailiwick/core'
import type { TaskId } from '@bailiwick/core'
import type { RevokeInput, StandingQuery, TaskStore } from '@bailiwick/task-state'

const HOURS = 4 * 3600

export async function fill(store: TaskStore, count: number): Promise<readonly TaskId[]> {
  const clientId = parseClientId('refund-agent')
  const portal = parseClientId('portal')
  const resources = ['payments', 'tickets'].map(parseResourceName).filter((name) => name !== undefined)
  if (clientId === undefined || portal === undefined) throw new TypeError('not client ids')
  const ids: TaskId[] = []
  for (let from = 0; from < count; from += 100) {
    const batch = Array.from({ length: 100 }, async (_, n) => {
      const nowMs = systemClock.nowMs()
      const now = Math.floor(nowMs / 1000)
      const person = `person-${(from + n) % 500}`
      const id = newTaskId(nowMs)
      const made = await store.createTask(
        {
          id,
          subject: {
            sub: `corp:${person}`,
            iss: 'https://idp.example.com',
            kind: 'user',
            subId: { format: 'iss_sub', iss: 'https://idp.example.com', sub: person },
          },
          agent: { id: 'client:refund-agent', clientId, declared: true },
          act: { sub: 'client:refund-agent', client_id: 'refund-agent' },
          binding: { ticket_id: `T-${from + n}` },
          bindingSource: 'launcher',
          purpose: 'refund',
          resources,
          createdAt: now,
          createdBy: `corp:${person}`,
          createdByClient: portal,
          expiresAt: now + HOURS,
          authenticatedAt: now - 1,
        },
        now,
      )
      if (!made.ok) throw new Error(`no task: ${made.denial.reason}`)
      return id
    })
    ids.push(...(await Promise.all(batch)))
  }
  return ids
}

export function question(ids: readonly TaskId[], n: number): StandingQuery {
  const taskId = ids[(n * 7919) % ids.length]
  if (taskId === undefined) throw new TypeError('no tasks')
  const payments = parseResourceName('payments')
  return {
    taskId,
    ...(payments === undefined ? {} : { resource: payments }),
    kid: 'key-1',
    jti: `jti-${n}`,
    newWork: false,
    nowSeconds: Math.floor(systemClock.nowMs() / 1000),
  }
}

export function endOf(taskId: TaskId): RevokeInput {
  const atMs = systemClock.nowMs()
  return { id: newRevocationId(atMs), scope: { kind: 'task', id: taskId }, reason: 'bench', hold: false, setBy: 'operator:bench', atMs }
}

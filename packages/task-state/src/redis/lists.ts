// Lists for people, newest first. Each task is read like any other, so it is shown as it stands; the list itself is no consistent view of all of them.
import { parseRevocationId, parseTaskId } from '@bailiwick/core'
import type { Revocation, Task, TaskId } from '@bailiwick/core'
import { corrupt } from '../corrupt.ts'
import { cursorOf, pageSize } from '../page.ts'
import type { Page, TaskFilter } from '../task-store.ts'
import { findRevocation } from './act-verbs.ts'
import type { Asker } from './asker.ts'
import { asItStands } from './standing-reply.ts'
import { readTask } from './task-verbs.ts'

/** Looked at for one page: a filter that matches little gives a short page with a `next`, never a long one. */
const MAX_SCANNED = 1000
const CHUNK = 100

interface Entry {
  readonly id: string
  readonly seq: number
}

export async function findTask(asker: Asker, id: TaskId, nowSeconds: number): Promise<Task | undefined> {
  const found = await readTask(asker, { taskId: id, newWork: false, nowSeconds })
  return asItStands(found)?.task
}

export async function listTasks(asker: Asker, filter: TaskFilter, nowSeconds: number): Promise<Page<Task>> {
  const limit = pageSize(filter.limit)
  const items: Task[] = []
  let cursor = cursorOf(filter.after)
  for (let scanned = 0; scanned < MAX_SCANNED; scanned += CHUNK) {
    const entries = await entriesBefore(asker, indexOf(asker, filter), cursor, CHUNK)
    const shown = await Promise.all(entries.map(async ({ id }) => await readShown(asker, id, nowSeconds)))
    for (const [at, entry] of entries.entries()) {
      if (items.length === limit) return { items, next: String(cursor) }
      cursor = entry.seq
      const one = shown[at]
      if (one !== undefined && matches(one, filter)) items.push(one.task)
    }
    if (entries.length < CHUNK) return { items }
  }
  return { items, next: String(cursor) }
}

type Shown = NonNullable<ReturnType<typeof asItStands>>

/** Undefined for one that has lapsed since it was listed. */
async function readShown(asker: Asker, id: string, nowSeconds: number): Promise<Shown | undefined> {
  const taskId = parseTaskId(id)
  if (taskId === undefined) throw corrupt('task id')
  return asItStands(await readTask(asker, { taskId, newWork: false, nowSeconds }))
}

function indexOf({ keys }: Asker, filter: TaskFilter): string {
  if (filter.parentId !== undefined) return keys.childrenOf(parseTaskId(filter.parentId) ?? 'none')
  if (filter.sub !== undefined) return keys.tasksOfSubject(filter.sub)
  return filter.agentId === undefined ? keys.allTasks : keys.tasksOfAgent(filter.agentId)
}

function matches({ task, active }: Shown, { state, sub, agentId, parentId }: TaskFilter): boolean {
  return (
    (state === undefined || (state === 'active') === active) &&
    (sub === undefined || task.subject.sub === sub) &&
    (agentId === undefined || task.agent.id === agentId) &&
    (parentId === undefined || task.parentId === parentId)
  )
}

export async function listRevocations(asker: Asker, page: { readonly limit: number; readonly after?: string }): Promise<Page<Revocation>> {
  const limit = pageSize(page.limit)
  const entries = await entriesBefore(asker, asker.keys.revocations, cursorOf(page.after), limit + 1)
  const shown = entries.slice(0, limit)
  const items = await Promise.all(
    shown.map(async ({ id }) => {
      const known = parseRevocationId(id)
      const revocation = known === undefined ? undefined : await findRevocation(asker, known)
      if (revocation === undefined) throw corrupt('a listed revocation')
      return revocation
    }),
  )
  const last = shown.at(-1)
  return entries.length <= limit || last === undefined ? { items } : { items, next: String(last.seq) }
}

async function entriesBefore(asker: Asker, index: string, before: number, count: number): Promise<readonly Entry[]> {
  const reply = await asker.list('ZREVRANGEBYSCORE', index, `(${before}`, '-inf', 'WITHSCORES', 'LIMIT', 0, count)
  if (!Array.isArray(reply) || reply.length % 2 !== 0) throw corrupt('list')
  const entries: Entry[] = []
  for (let at = 0; at < reply.length; at += 2) {
    const seq = Number(reply[at + 1])
    if (!Number.isSafeInteger(seq)) throw corrupt('list')
    entries.push({ id: String(reply[at]), seq })
  }
  return entries
}

// Several processes on one embedded store, as the service and the command line beside it: each acts, and every act of each is seen by all at the next read.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { newTask, NOW, query, revocation } from './fixtures.ts'
import { startStoreProcess } from './store-process.ts'
import type { StoreProcess } from './store-process.ts'

const PROCESSES = 3
const EACH = 8

let folder: string
let processes: readonly StoreProcess[]
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-processes-'))
  processes = await Promise.all(Array.from({ length: PROCESSES }, () => startStoreProcess()))
  for (const one of processes) expect((await one.order({ verb: 'open', file: join(folder, 'bailiwick.db') })).fault).toBeUndefined()
})
afterEach(async () => {
  await Promise.all(processes.map((one) => one.kill()))
  rmSync(folder, { recursive: true, force: true })
})

it(
  'all create and revoke at once: each act is confirmed at a revision of its own, and every process denies what any of them revoked',
  { timeout: 60_000 },
  async () => {
    const made = await Promise.all(
      processes.map(async (one) => {
        const tasks = []
        for (let at = 0; at < EACH; at += 1) {
          const task = newTask()
          expect(await one.order({ verb: 'create', task, now: NOW })).toMatchObject({ value: { ok: true } })
          tasks.push(task)
        }
        return tasks
      }),
    )
    const revoked = made.flatMap((tasks) => tasks.slice(0, EACH / 2))
    const living = made.flatMap((tasks) => tasks.slice(EACH / 2))
    // Each ends tasks another one made.
    const answers = await Promise.all(
      processes.map(async (one, index) => {
        const acknowledged = []
        for (const task of made[(index + 1) % PROCESSES]?.slice(0, EACH / 2) ?? []) {
          acknowledged.push(await one.order({ verb: 'revoke', input: revocation('task', task.id) }))
          expect(await one.order({ verb: 'read', query: query(task.id) })).toMatchObject({ value: { ok: false, denial: { reason: 'task_revoked' } } })
        }
        return acknowledged
      }),
    )
    for (const answer of answers.flat()) expect(answer).toMatchObject({ value: { ok: true, value: { status: 'confirmed', durability: 'local' } } })
    const revisions = answers.flat().map(({ value }) => JSON.stringify(value).match(/"revision":\{[^}]*\}/)?.[0])
    expect(new Set(revisions).size).toBe(PROCESSES * (EACH / 2))
    for (const one of processes) {
      for (const task of revoked)
        expect(await one.order({ verb: 'read', query: query(task.id) })).toMatchObject({ value: { ok: false, denial: { reason: 'task_revoked' } } })
      for (const task of living) expect(await one.order({ verb: 'read', query: query(task.id) })).toMatchObject({ value: { ok: true } })
    }
    // One is killed; what it did stays, and the others go on.
    const [first, second] = processes
    await first?.kill()
    expect(await second?.order({ verb: 'revoke', input: revocation('user', 'corp:alice') })).toMatchObject({
      value: { ok: true, value: { status: 'confirmed' } },
    })
    for (const task of living)
      expect(await processes.at(-1)?.order({ verb: 'read', query: query(task.id) })).toMatchObject({ value: { ok: false, denial: { reason: 'cut_off' } } })
  },
)

// Run inside a mount namespace with a tiny tmpfs: fills it, watches the store refuse, makes room, watches it go on. Prints one JSON line.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '@bailiwick/core'
import { testClock } from '@bailiwick/kit/clock'
import { memoryLedger } from '@bailiwick/kit/test-store'
import { openSqliteTaskStore } from '../src/index.ts'
import { newTask, NOW, query, revocation } from './fixtures.ts'

const folder = process.argv[2] ?? ''
const store = await openSqliteTaskStore({ file: join(folder, 'bailiwick.db'), ledger: memoryLedger(), clock: testClock() })
const task = newTask()
await store.createTask(task, NOW)

const ballast = join(folder, 'ballast')
try {
  for (let at = 0; ; at += 1) writeFileSync(`${ballast}${at}`, Buffer.alloc(4096))
} catch {
  // Full: what was wanted.
}

const acknowledged: string[] = []
let firstFault = 'none'
for (let at = 0; at < 500 && firstFault === 'none'; at += 1) {
  const id = `corp:u${at}`
  try {
    const answer = await store.revoke(revocation('user', id))
    if (answer.ok) acknowledged.push(id)
  } catch (error) {
    firstFault = error instanceof Fault ? error.code : String(error)
  }
}
const kept = new Set((await store.listRevocations({ limit: 200 })).items.map((item) => item.scope.id))
const acknowledgedStillThere = acknowledged.every((id) => kept.has(id)) && kept.size === acknowledged.length
const readsGoOn = (await store.readStanding(query(task.id))).ok
for (let at = 0; at < 30; at += 1) rmSync(`${ballast}${at}`, { force: true })
const ended = await store.revoke(revocation('task', task.id))
const writesAgain = ended.ok && !(await store.readStanding(query(task.id))).ok
await store.close()
process.stdout.write(JSON.stringify({ firstFault, acknowledgedStillThere, readsGoOn, writesAgain }))

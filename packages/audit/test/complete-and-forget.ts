// A process of its own for kill.test.ts: records completions without end, every second one of a task that ended long ago, and writes each id to stdout once the
// ledger has the act.
import { writeSync } from 'node:fs'
import { systemClock } from '@bailiwick/core'
import { openJournal } from '../src/index.ts'

const [, , file, first] = process.argv
if (file === undefined || first === undefined) throw new TypeError('a file and a number are needed')
const journal = await openJournal({ file, node: 'node-1', clock: systemClock, reservedBytes: 0 })
const mark = { storeId: 'store-1', revision: { epoch: 1, revision: 1 } }
let next = Number(first)
await Promise.all(
  Array.from({ length: 8 }, async () => {
    for (;;) {
      const n = next++
      const taskId = `task_${n}`
      await journal.ledger.record(mark, { act: 'complete', taskId, by: 'client:refund-agent', atMs: 1, untilSeconds: n % 2 === 0 ? 4_000_000_000 : 1000 })
      writeSync(1, `${taskId}\n`)
    }
  }),
)

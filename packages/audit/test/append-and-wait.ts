// A process of its own for kill.test.ts: appends without end and writes each decision id to stdout once its append has resolved.
import { writeSync } from 'node:fs'
import { newDecisionId, systemClock } from '@bailiwick/core'
import { openJournal } from '../src/index.ts'
import { allow } from './fixture.ts'

const [, , file] = process.argv
if (file === undefined) throw new TypeError('a file is needed')
const journal = await openJournal({ file, node: 'node-1', clock: systemClock, reservedBytes: 0 })
await Promise.all(
  Array.from({ length: 8 }, async () => {
    for (;;) {
      const entry = allow({ decision_id: newDecisionId(Date.now()) })
      await journal.append(entry)
      writeSync(1, `${entry.decision_id}\n`)
    }
  }),
)

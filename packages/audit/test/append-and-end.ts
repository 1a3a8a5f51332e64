// A process of its own for kill.test.ts: appends, reads, and ends without closing.
import { systemClock } from '@bailiwick/core'
import { openJournal } from '../src/index.ts'
import { allow } from './fixture.ts'

const [, , file] = process.argv
if (file === undefined) throw new TypeError('a file is needed')
const journal = await openJournal({ file, node: 'node-1', clock: systemClock, reservedBytes: 0 })
journal.countRefusal(allow({ effect: 'deny', reason: 'token_missing' }))
await journal.append(allow())
await journal.find({ limit: 1 })

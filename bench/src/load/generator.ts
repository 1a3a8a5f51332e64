// The load generator's process: one row, told by a file, results by message. A fresh process for each row, so that no row inherits another's
// heap or connections.
import { readFileSync } from 'node:fs'
import { ROWS } from '../rows.ts'
import type { RowName } from '../rows.ts'
import type { Supplies } from '../house/supplies.ts'
import { runOpenLoop } from './open-loop.ts'
import type { GeneratorEvent, GeneratorOrder } from './orders.ts'
import { summarise } from './summary.ts'
import type { Target } from './target.ts'
import { startTicker } from './ticker.ts'
import { cerbosTarget, cryptoTarget, idleTarget } from './targets/bare.ts'
import { doorTarget } from './targets/doors.ts'
import { extAuthzTarget } from './targets/ext-authz.ts'
import { journalTarget, taskReadTarget } from './targets/parts.ts'
import { batchTarget, exchangeTarget, revokeTarget } from './targets/requests.ts'

const MAX_IN_FLIGHT = 2_000
const DRAIN_MS = 3_000

// oxlint-disable-next-line typescript/no-unsafe-assignment -- written by the process that started this one
const order: GeneratorOrder = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'))
// oxlint-disable-next-line typescript/no-unsafe-assignment -- as above
const supplies: Supplies = JSON.parse(readFileSync(order.supplies, 'utf8'))

const tell = (event: GeneratorEvent): void => void process.send?.(event)

const target = await openTarget(order.row)
const result = await runOpenLoop(
  {
    rate: order.rate,
    warmUpSeconds: order.warmUpSeconds,
    seconds: order.seconds,
    maxInFlight: MAX_IN_FLIGHT,
    drainMs: DRAIN_MS,
    now: () => performance.now(),
    ticker: startTicker(),
    after: (ms, call) => void setTimeout(call, ms),
    onWindowOpen: () => tell({ type: 'open' }),
    onWindowClose: () => tell({ type: 'close' }),
  },
  target.operation,
)
tell({ type: 'result', summary: summarise(result) })
await target.close()
process.disconnect?.()

function openTarget(name: RowName): Promise<Target> | Target {
  const requests = Math.ceil(order.rate * (order.warmUpSeconds + order.seconds)) + 1
  const row = ROWS.find((known) => known.name === name)
  if (row === undefined) throw new TypeError('no such row')
  if (row.door !== undefined) return doorTarget(row.door.name, supplies, row.door.bodyBytes, requests)
  switch (row.name) {
    case 'loop':
      return idleTarget()
    case 'bare-cerbos':
      return cerbosTarget(supplies)
    case 'bare-crypto':
      return cryptoTarget()
    case 'ext-authz':
      return extAuthzTarget(supplies, supplies.knownTokens)
    case 'ext-authz-uncached':
      return extAuthzTarget(supplies, supplies.manyTokens)
    case 'exchange':
      return exchangeTarget(supplies, requests)
    case 'batch-8':
      return batchTarget(supplies, requests)
    case 'revoke':
      return revokeTarget(supplies)
    case 'task-read':
      return taskReadTarget()
    case 'journal-append':
      return journalTarget()
  }
}

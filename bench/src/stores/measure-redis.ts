// The store on Redis: reads alone and sixteen at a time, revocations confirmed by both replicas with a real journal for their ledger, and reads of a server that
// was stopped in the middle.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openJournal } from '@bailiwick/audit'
import { Fault, systemClock } from '@bailiwick/core'
import type { RedisProgram } from '@bailiwick/kit/find-redis'
import { ask, startReplicated } from '@bailiwick/kit/redis-server'
import { openRedisTaskStore } from '@bailiwick/task-state'
import { whileAwake } from './awake.ts'
import { timed, timedAtOnce } from './figure.ts'
import type { Figure } from './figure.ts'
import { pings } from './ping.ts'
import { endOf, fill, question } from './tasks.ts'

const TASKS = 10_000
const READS = 20_000
const AT_ONCE = 16
const REVOKES = 1_000
const FROZEN_READS = 200
const SETTINGS = { 'min-replicas-to-write': '1', 'min-replicas-max-lag': '1', appendonly: 'yes', appendfsync: 'everysec' }
/** As long as a replica must have been attached before it counts. */
const SETTLE_MS = 5_000

export async function measureRedis(program: RedisProgram): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-stores-'))
  const journal = await openJournal({ file: join(folder, 'audit.db'), node: 'bench', clock: systemClock, reservedBytes: 0 })
  const group = await startReplicated(program, 2, SETTINGS)
  try {
    const store = await openRedisTaskStore({
      url: group.primary.url,
      ledger: journal.ledger,
      clock: systemClock,
      nodeId: 'bench',
      replicas: { promotable: 2, minToWrite: 1, acks: 2 },
    })
    const ids = await fill(store, TASKS)
    await pause(SETTLE_MS)
    const read = async (n: number): Promise<void> => {
      const standing = await store.readStanding(question(ids, n))
      if (!standing.ok) throw new Error(`denied: ${standing.denial.reason}`)
    }
    await timed(READS / 4, read)
    const bare = await pings(group.primary.port, READS)
    await ask(group.primary.port, ['CONFIG', 'RESETSTAT'])
    const alone = await timed(READS, read)
    const scriptUs = await scriptMicroseconds(group.primary.port)
    const bareAwake = await whileAwake(() => pings(group.primary.port, READS))
    const aloneAwake = await whileAwake(() => timed(READS, read))
    const together = await timedAtOnce(AT_ONCE, READS, read)
    const revokes = await timed(REVOKES, async (n) => {
      const id = ids[n]
      const done = id === undefined ? undefined : await store.revoke(endOf(id))
      if (done?.ok !== true || done.value.status !== 'confirmed') throw new Error('not confirmed')
    })
    group.primary.freeze()
    const frozen = await timed(FROZEN_READS, async (n) => {
      const thrown = await read(n).then(
        () => undefined,
        (error: unknown) => error,
      )
      if (!(thrown instanceof Fault)) throw new Error('a frozen server was answered from')
    })
    group.primary.thaw()
    await store.close()
    return [
      { what: 'PING over a plain socket', times: bare },
      { what: 'PING, the processors kept awake', times: bareAwake ?? [] },
      { what: 'the script of a state read, in the server (mean)', times: [scriptUs / 1000] },
      { what: 'state read, the processors kept awake', times: aloneAwake ?? [] },
      { what: 'state read, one at a time', times: alone, budget: { percentile: 0.5, ms: 0.1 } },
      { what: `state read, ${AT_ONCE} at a time`, times: together, budget: { percentile: 0.99, ms: 2 } },
      { what: 'revocation confirmed by both replicas', times: revokes, budget: { percentile: 0.99, ms: 5 } },
      { what: 'frozen server: until the fault that denies', times: frozen, budget: { percentile: 1, ms: 30 } },
    ]
  } finally {
    await group.close()
    await journal.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** As the server counts it itself, all that ran since it began to count. */
async function scriptMicroseconds(port: number): Promise<number> {
  const stats = String(await ask(port, ['INFO', 'commandstats']))
  return Number(/^cmdstat_evalsha:.*usec_per_call=([0-9.]+)/m.exec(stats)?.[1])
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

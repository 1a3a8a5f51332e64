// What happens to the embedded store's file under several processes that have it open.
import { copyFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { House } from '../cluster/house.ts'
import type { Fault, Stage } from './fault.ts'

const SQLITE = ['sqlite'] as const

export const SQLITE_FAULTS: readonly Fault[] = [
  {
    name: 'store file unlinked',
    stores: SQLITE,
    holds: 'DENY until recovered; nothing from before lives',
    async inject(stage) {
      removeStore(stage.cluster.house)
      await stage.wait(stage.ms)
    },
  },
  {
    name: 'store file unlinked, one node restarted',
    stores: SQLITE,
    holds: 'the node that still has the old file open denies',
    async inject(stage) {
      const node = stage.someNode()
      removeStore(stage.cluster.house)
      await node.kill()
      await node.start()
      for (let left = stage.ms; left > 0; left -= 500) {
        await stage.revoker.cutOff()
        await stage.wait(Math.min(500, left))
      }
    },
  },
  {
    name: 'store file replaced by garbage',
    stores: SQLITE,
    holds: 'DENY for as long as it lies there',
    async inject(stage) {
      const { house } = stage.cluster
      removeStore(house)
      writeFileSync(storeFile(house), 'not a database '.repeat(1_000), { mode: 0o600 })
      await stage.wait(stage.ms)
      removeStore(house)
    },
  },
  {
    name: 'older copy of the store put in place',
    stores: SQLITE,
    holds: 'noticed; nothing that ended lives',
    async inject(stage) {
      const { house } = stage.cluster
      const copy = copyStore(house, stage)
      await stage.revoker.burst(12)
      await stage.wait(stage.ms / 4)
      removeStore(house)
      copyFileSync(copy, storeFile(house))
      await stage.wait(stage.ms)
    },
  },
  {
    name: 'restart on a stale copy',
    stores: SQLITE,
    holds: 'acked revokes survive',
    async inject(stage) {
      const { house, nodes } = stage.cluster
      const copy = copyStore(house, stage)
      await stage.revoker.burst(12)
      await stage.wait(stage.ms / 4)
      await Promise.all(nodes.map((node) => node.kill()))
      removeStore(house)
      copyFileSync(copy, storeFile(house))
      await Promise.all(nodes.map((node) => node.start()))
    },
  },
  {
    name: 'another process holds the write lock',
    stores: SQLITE,
    holds: 'reads go on, writes are not said to have happened',
    async inject({ cluster, wait, ms }) {
      const db = new DatabaseSync(storeFile(cluster.house), { timeout: 2_000 })
      try {
        db.exec('BEGIN IMMEDIATE')
        await wait(Math.min(ms, 1_500))
        db.exec('ROLLBACK')
      } finally {
        db.close()
      }
    },
  },
]

function storeFile({ dataFolder }: House): string {
  return join(dataFolder, 'bailiwick.db')
}

function removeStore(house: House): void {
  for (const end of ['', '-wal', '-shm']) rmSync(`${storeFile(house)}${end}`, { force: true })
}

/** As a backup would make it. */
function copyStore(house: House, { random }: Stage): string {
  const copy = join(house.folder, `copy-${random.below(1e9)}.db`)
  const db = new DatabaseSync(storeFile(house), { timeout: 2_000 })
  try {
    db.exec(`VACUUM INTO '${copy}'`)
  } finally {
    db.close()
  }
  return copy
}

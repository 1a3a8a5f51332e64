// One row of the nemesis: what is done, and what it is done with. A fault leaves everything as it found it, whatever happens in between.
import type { Cluster, StoreKind } from '../cluster/cluster.ts'
import type { FaultNode } from '../cluster/node-process.ts'
import type { Load } from '../load/load.ts'
import type { Revoker } from '../load/revoker.ts'
import type { Supply } from '../load/supply.ts'
import type { Random } from '../random.ts'

export interface Stage {
  readonly cluster: Cluster
  readonly random: Random
  readonly supply: Supply
  readonly revoker: Revoker
  readonly load: Load
  /** How long the fault may last; rows that take longer by nature say so. */
  readonly ms: number
  wait(ms: number): Promise<void>
  /** A node that runs; another each time. */
  someNode(): FaultNode
  /** For the log of the run. */
  note(text: string): void
}

export interface Fault {
  readonly name: string
  readonly stores: readonly StoreKind[]
  /** What must hold, for the table. */
  readonly holds: string
  /** In one line why it cannot be done here; undefined where it can. */
  readonly missing?: (cluster: Cluster) => string | undefined
  readonly inject: (stage: Stage) => Promise<void>
}

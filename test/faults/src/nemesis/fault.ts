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
  /** How many tasks live. */
  live(): number
  /** A node that runs; another each time. */
  someNode(): FaultNode
  /** For the log of the run. */
  note(text: string): void
  /** So much of what the fault is there for has happened; see {@link Fault.evidence}. */
  evidence(count: number): void
}

export interface Fault {
  readonly name: string
  readonly stores: readonly StoreKind[]
  /** What must hold, for the table. */
  readonly holds: string
  /** In one line why it cannot be done here; undefined where it can. */
  readonly missing?: (cluster: Cluster) => string | undefined
  /** What has to have happened for the fault to have been one, counted by itself; a run in which it did not means nothing. */
  readonly evidence?: { readonly what: string; readonly atLeast: number }
  readonly inject: (stage: Stage) => Promise<void>
}

/** Of the faults that were injected, those that were none, in words. */
export function evidenceShort(
  faults: readonly Fault[],
  { injected, evidence }: { readonly injected: readonly string[]; readonly evidence: Readonly<Record<string, number>> },
): readonly string[] {
  return faults.flatMap(({ name, evidence: wanted }) => {
    const found = evidence[name] ?? 0
    if (wanted === undefined || !injected.includes(name) || found >= wanted.atLeast) return []
    return [`"${name}", ${wanted.what}: ${found}, at least ${wanted.atLeast} wanted`]
  })
}

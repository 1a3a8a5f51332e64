// What a run is made against: nodes, their policy engine, the tester's own place at the store, and whatever the store itself consists of.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@bailiwick/core'
import type { StoreLedger } from '@bailiwick/core'
import { startTestIssuer } from '@bailiwick/kit/test-issuer'
import type { TaskStore } from '@bailiwick/task-state'
import type { SourceEdit } from '../node/edit-source.ts'
import type { Changes } from '../node/messages.ts'
import { SEAMS } from '../node/seams.ts'
import { openDirect } from './direct.ts'
import type { Direct } from './direct.ts'
import { writeHouse } from './house.ts'
import type { House } from './house.ts'
import { createNode } from './node-process.ts'
import type { FaultNode } from './node-process.ts'
import type { Network } from '../network/network.ts'
import type { RedisSide } from './redis-side.ts'
import { startStubPdp } from './stub-pdp.ts'
import type { StubPdp } from './stub-pdp.ts'

export type StoreKind = 'sqlite' | 'redis'

export interface Cluster {
  readonly kind: StoreKind
  readonly house: House
  readonly nodes: readonly FaultNode[]
  readonly pdp: StubPdp
  readonly direct: Direct
  readonly network: Network
  /** Only where the store is Redis. */
  readonly redis?: RedisSide
  close(): Promise<void>
}

export interface ClusterOptions {
  readonly kind: StoreKind
  /** Belongs to the cluster from now on. */
  readonly network: Network
  readonly nodes: number
  readonly realCerbos: boolean
  /** Of a mutant, on top of the seams. */
  readonly edits: readonly SourceEdit[]
  readonly badStore?: string | undefined
  /** What the store consists of, and how the tester's own place at it is opened; the embedded store needs neither. */
  readonly redis?: RedisSide
  /** The `store` section of a node, where it is none of `redis`. */
  readonly storeFor?: (node: string) => object
  readonly openStore: (house: House, ledger: StoreLedger) => Promise<TaskStore>
}

export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { kind, network, redis } = options
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-faults-'))
  const closers: (() => Promise<void> | void)[] = [
    () => rmSync(folder, { recursive: true, force: true }),
    () => network.close(),
    ...(redis === undefined ? [] : [() => redis.close()]),
  ]
  const close = async (): Promise<void> => {
    for (let next = closers.pop(); next !== undefined; next = closers.pop()) await next()
  }
  try {
    const pdp = await startStubPdp(network.tester)
    closers.push(() => pdp.close())
    const idp = await startTestIssuer({ clock: systemClock, host: network.tester })
    closers.push(() => idp.stop())
    const house = await writeHouse({
      folder,
      nodes: options.nodes,
      realCerbos: options.realCerbos,
      network,
      pdpAddress: pdp.address,
      idp: idp.issuer,
      ...(redis === undefined ? {} : { storeFor: (name: string) => redis.settingsFor(name) }),
      ...(options.storeFor === undefined ? {} : { storeFor: options.storeFor }),
    })
    const editsFile = join(folder, 'edits.json')
    const changes: Changes = { edits: [...SEAMS, ...options.edits], ...(options.badStore === undefined ? {} : { badStore: options.badStore }) }
    writeFileSync(editsFile, JSON.stringify(changes))
    const nodes = house.nodes.map((place) => createNode(place, editsFile))
    closers.push(async () => {
      await Promise.all(nodes.map((node) => node.kill()))
    })
    // One first: it makes the data folder, the keys and the store.
    const [first, ...others] = nodes
    if (redis === undefined) {
      await first?.start()
      await Promise.all(others.map((node) => node.start()))
    } else await Promise.all(nodes.map((node, n) => later(n * 300, () => node.start())))
    const direct = await openDirect(house, (ledger) => options.openStore(house, ledger))
    closers.push(() => direct.close())
    return { kind, house, nodes, pdp, direct, network, ...(redis === undefined ? {} : { redis }), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function later<T>(ms: number, work: () => Promise<T>): Promise<T> {
  await new Promise((resolve) => setTimeout(resolve, ms))
  return await work()
}

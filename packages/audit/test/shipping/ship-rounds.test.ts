import { afterEach, describe, expect, it } from 'vitest'
import { createShipRounds, verifyShippedFile } from '../../src/index.ts'
import type { ShipmentAnswer, ShipRound } from '../../src/index.ts'
import { allow } from '../fixture.ts'
import { openPair } from '../shipped/node-journal.ts'
import type { Pair } from '../shipped/node-journal.ts'

const open: Pair[] = []
afterEach(async () => {
  for (const pair of open.splice(0)) await pair.remove()
})

interface Road {
  readonly pair: Pair
  readonly seen: ShipRound[]
  round(): Promise<number>
  /** What control does with the next batches; taken unless told. */
  send: (body: string) => Promise<ShipmentAnswer>
  readonly take: (body: string) => Promise<ShipmentAnswer>
  mark: () => Promise<{ storeId: string; revision: { epoch: number; revision: number } } | undefined>
}

async function openRoad(records: number): Promise<Road> {
  const pair = await openPair()
  open.push(pair)
  for (let n = 0; n < records; n++) await pair.node.journal.append(allow())
  const seen: ShipRound[] = []
  const take = async (body: string): Promise<ShipmentAnswer> => {
    const { outcome, watermark, hash } = await pair.copies.take('node-1', Buffer.from(body))
    if (outcome === 'malformed') throw new Error('malformed')
    return { outcome, watermark, hash }
  }
  const road: Road = {
    pair,
    seen,
    take,
    send: take,
    mark: async () => ({ storeId: 'store-1', revision: { epoch: 1, revision: 7 } }),
    round: () => Promise.resolve(0),
  }
  const rounds = createShipRounds({
    journal: pair.node.journal,
    mark: () => road.mark(),
    send: (body) => road.send(body),
    observe: (round) => seen.push(round),
  })
  road.round = () => rounds.round()
  return road
}

async function held(road: Road): Promise<number> {
  const { nodes } = await verifyShippedFile(road.pair.copiesFile)
  const [copy] = nodes
  return copy?.ok === true ? copy.records : 0
}

describe('shipping', () => {
  it('asks where the copy ends, then sends what comes after it, in batches without a pause between', async () => {
    const road = await openRoad(300)
    expect([await road.round(), await road.round(), await road.round()]).toEqual([0, 0, 1000])
    expect(road.seen.map(({ sent, watermark }) => [sent, watermark])).toEqual([
      [0, 0],
      [256, 256],
      [44, 300],
    ])
    expect(await held(road)).toBe(300)
  })

  it('reports how far the store was read also when there is nothing to send, and that it is not known when it is not', async () => {
    const road = await openRoad(0)
    const bodies: unknown[] = []
    road.send = async (body) => {
      bodies.push(JSON.parse(body))
      return await road.take(body)
    }
    await road.round()
    road.mark = () => Promise.reject(new Error('the store is away'))
    await road.round()
    expect(bodies).toEqual([
      { records: [], last_revision: { store_id: 'store-1', epoch: 1, revision: 7 } },
      { records: [], last_revision: null },
    ])
  })

  it('keeps trying, slower and slower, while control is away, and sends each record once when it is back', async () => {
    const road = await openRoad(3)
    await road.round()
    road.send = () => Promise.reject(new Error('no route'))
    const pauses: number[] = []
    for (let n = 0; n < 7; n++) pauses.push(await road.round())
    expect(pauses).toEqual([1000, 2000, 4000, 8000, 15_000, 15_000, 15_000])
    road.send = road.take
    expect(await road.round()).toBe(1000)
    expect(await held(road)).toBe(3)
  })

  it('sends again what control took without being heard, and it is kept once', async () => {
    const road = await openRoad(3)
    await road.round()
    road.send = async (body) => {
      await road.take(body)
      throw new Error('the answer was lost')
    }
    await road.round()
    road.send = road.take
    await road.round()
    expect(await held(road)).toBe(3)
  })

  it('begins anew at the end of the copy when control lost some of it', async () => {
    const road = await openRoad(3)
    await road.round()
    await road.round()
    road.send = () => Promise.resolve({ outcome: 'taken', watermark: 0, hash: '' })
    await road.round()
    road.send = road.take
    await road.round()
    expect(road.seen.at(-1)).toMatchObject({ outcome: 'taken', sent: 3, watermark: 3 })
  })

  it('notices at once that its journal is not the one that was copied, sends no more of it, and goes on reporting', async () => {
    const road = await openRoad(2)
    road.send = () => Promise.resolve({ outcome: 'taken', watermark: 2, hash: 'of-another-record' })
    expect(await road.round()).toBe(15_000)
    expect(road.seen.at(-1)).toMatchObject({ outcome: 'diverged' })
    await road.pair.node.journal.append(allow())
    await road.round()
    expect(road.seen.at(-1)).toMatchObject({ outcome: 'diverged', sent: 0 })
  })

  it('notices that its journal is shorter than the copy of it', async () => {
    const road = await openRoad(2)
    road.send = () => Promise.resolve({ outcome: 'taken', watermark: 9, hash: 'later' })
    await road.round()
    expect(road.seen.at(-1)).toMatchObject({ outcome: 'diverged', watermark: 9 })
  })
})

// Real packets between hosts in network namespaces: what is cut does not arrive, what is not cut does, and nothing is left on the machine. Skipped where the
// machine lets nobody have namespaces.
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { skipped } from '@bailiwick/kit/skipped'
import { findWorld } from '../src/network/world.ts'
import type { World } from '../src/network/world.ts'

const TOUR = fileURLToPath(new URL('./namespaces-tour.ts', import.meta.url))
const LONGEST_MS = 60_000
const MANY = 200

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

async function run(world: World, file: string): Promise<Ended> {
  const child = world.start(file, [], { stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, err] = ['', '']
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, out, err }
}

function named(): readonly string[] {
  try {
    return readdirSync('/run/netns')
  } catch {
    return []
  }
}

const world = await findWorld()
if (typeof world === 'string') skipped('network namespaces', world)
else
  describe(`network namespaces ${world.as}`, () => {
    it(
      'carry packets, drop those that are cut and no others, and are gone afterwards',
      async () => {
        const before = named()
        const { code, out, err } = await run(world, TOUR)
        expect([code, err]).toEqual([0, ''])
        const seen: unknown = JSON.parse(out)
        expect(seen).toMatchObject({
          healthy: [1, 1],
          cut: [0, 0],
          towards: [0, 1],
          towardsAndBack: [0, 0],
          othersCut: [1, 1],
          unplugged: [0, 0],
          healed: [1, 1],
          late: [1, 1],
          healedAgain: [MANY, MANY],
          hosts: 1,
          left: '',
        })
        const { lossy, lossLacks } = seen as { lossy: readonly [number, number]; lossLacks: string }
        // Half of two hundred, whatever the dice: outside of this once in more than 10^12.
        if (lossLacks === '') expect(lossy[0]).toSatisfy((arrived: number) => arrived > MANY * 0.25 && arrived < MANY * 0.75)
        expect(lossy[1]).toBe(MANY)
        expect(named()).toEqual(before)
      },
      LONGEST_MS,
    )
  })

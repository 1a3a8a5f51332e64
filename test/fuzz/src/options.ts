// The command line of npm run fuzz.
import { parseArgs } from 'node:util'

export interface Options {
  readonly seed: number
  /** Against other parsers, this many requests. */
  readonly mutations: number
}

const DEFAULT_MUTATIONS = 1_000_000

/** A text is the usage error to print. `seed` is used where none is given. */
export function parseOptions(args: readonly string[], seed: number): Options | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { differential: { type: 'boolean' }, mutations: { type: 'string' }, seed: { type: 'string' } },
    })
    const mutations = count(values.mutations ?? String(DEFAULT_MUTATIONS))
    const chosen = count(values.seed ?? String(seed))
    if (values.differential !== true) return 'say what to do: --differential'
    if (mutations === undefined || chosen === undefined) return '--mutations and --seed take a whole number'
    return { seed: chosen, mutations }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function count(text: string): number | undefined {
  return /^[0-9]{1,12}$/.test(text) ? Number(text) : undefined
}

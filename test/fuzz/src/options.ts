// The command line of npm run fuzz.
import { parseArgs } from 'node:util'

export type Options = { readonly seed: number } & (
  | {
      readonly mode: 'differential'
      readonly mutations: number
    }
  | {
      readonly mode: 'coverage'
      readonly minutes: number
      readonly keep: boolean
    }
)

export const USAGE = `npm run fuzz -- [options]
  --minutes N        how long the readers and renderers are explored, guided by the code that runs (default: 1)
  --keep             writes the corpus anew
  --differential     instead: the strict reader against every other JSON parser this machine has
  --mutations N      how many texts they are compared on (default: 1000000)
  --seed N           the same run again; each says which it was`

const DEFAULT_MUTATIONS = '1000000'
const DEFAULT_MINUTES = '1'

/** A text is the usage error to print. `seed` is used where none is given. */
export function parseOptions(args: readonly string[], seed: number): Options | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        differential: { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
        minutes: { type: 'string' },
        mutations: { type: 'string' },
        seed: { type: 'string', default: String(seed) },
      },
    })
    const { differential, keep } = values
    if (differential && (keep || values.minutes !== undefined)) return '--minutes and --keep go without --differential'
    if (!differential && values.mutations !== undefined) return '--mutations goes with --differential'
    const chosen = count(values.seed)
    const much = count((differential ? values.mutations : values.minutes) ?? (differential ? DEFAULT_MUTATIONS : DEFAULT_MINUTES))
    if (chosen === undefined || much === undefined) return '--minutes, --mutations and --seed take a whole number'
    return differential ? { mode: 'differential', seed: chosen, mutations: much } : { mode: 'coverage', seed: chosen, minutes: much, keep }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function count(text: string): number | undefined {
  return /^[0-9]{1,12}$/.test(text) ? Number(text) : undefined
}

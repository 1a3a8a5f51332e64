// `npm run bench [-- --seconds N --rate N --row NAME --json FILE --profile FOLDER]`. Parses; starts nothing.
import { parseArgs } from 'node:util'
import { ROW_NAMES } from './rows.ts'
import type { RowName } from './rows.ts'

export interface Options {
  /** Undefined: the quick mode's. */
  readonly seconds?: number
  /** Undefined: each row's own. */
  readonly rate?: number
  /** None: all. */
  readonly rows: readonly RowName[]
  readonly jsonFile?: string
  readonly profileFolder?: string
}

export const USAGE = `npm run bench -- [options]
  --row NAME         only this row and what its ratio needs; may be repeated
                     (${ROW_NAMES.join(' ')})
  --seconds N        length of each measured window, 1 to 120 (default: 4)
  --rate N           operations per second instead of each row's own, 1 to 20000
  --json FILE        the results as JSON too
  --profile FOLDER   a CPU profile of the service for each row (its own cost is then in the numbers)`

/** Client assertions live five minutes and are signed before the row begins. */
const MAX_SECONDS = 120
const MAX_RATE = 20_000

export type Parsed = { readonly ok: true; readonly options: Options } | { readonly ok: false; readonly problem: string }

export function parseOptions(args: readonly string[]): Parsed {
  let values
  try {
    ;({ values } = parseArgs({
      args: [...args],
      options: {
        row: { type: 'string', multiple: true },
        seconds: { type: 'string' },
        rate: { type: 'string' },
        json: { type: 'string' },
        profile: { type: 'string' },
      },
    }))
  } catch (error) {
    return { ok: false, problem: error instanceof Error ? error.message : 'unreadable arguments' }
  }
  const rows: RowName[] = []
  for (const text of values.row ?? []) {
    const name = ROW_NAMES.find((known) => known === text)
    if (name === undefined) return { ok: false, problem: `--row: one of ${ROW_NAMES.join(', ')}` }
    rows.push(name)
  }
  const seconds = wholeNumber(values.seconds, MAX_SECONDS)
  if (seconds === 'bad') return { ok: false, problem: `--seconds: a whole number from 1 to ${MAX_SECONDS}` }
  const rate = wholeNumber(values.rate, MAX_RATE)
  if (rate === 'bad') return { ok: false, problem: `--rate: a whole number from 1 to ${MAX_RATE}` }
  return {
    ok: true,
    options: {
      rows,
      ...(seconds === undefined ? {} : { seconds }),
      ...(rate === undefined ? {} : { rate }),
      ...(values.json === undefined ? {} : { jsonFile: values.json }),
      ...(values.profile === undefined ? {} : { profileFolder: values.profile }),
    },
  }
}

function wholeNumber(text: string | undefined, max: number): number | undefined | 'bad' {
  if (text === undefined) return undefined
  if (!/^[1-9]\d{0,5}$/.test(text)) return 'bad'
  const value = Number(text)
  return value <= max ? value : 'bad'
}

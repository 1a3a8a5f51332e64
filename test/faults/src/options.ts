// What `npm run verify:kill-switch` may be told. A misspelt option is a mistake, not a default.
import { parseArgs } from 'node:util'
import type { StoreKind } from './cluster/cluster.ts'

export interface Options {
  readonly seed: number
  readonly minutes: number
  readonly stores: readonly StoreKind[]
  /** Names of mutants that contain it; none where false. */
  readonly mutants: string | false
  readonly runs: boolean
  readonly rate: number
  readonly storeRate: number
  readonly faults: string
  /** Nothing excuses a late answer (L1, L2): for a machine that does nothing else. */
  readonly timely: boolean
  /** Instead of everything else: so many revocations within a second. */
  readonly storm?: number
}

export const USAGE = `npm run verify:kill-switch -- [options]
  --minutes N        how long the faults go round, over all stores together (default 4)
  --seed N           the same schedule again (default: the time)
  --store NAME       sqlite or redis; both unless told
  --rate N           checks per second through doors (default 600)
  --store-rate N     reads per second straight at the store (default 600)
  --fault TEXT       only faults whose name contains it
  --mutant TEXT      only mutants whose name contains it
  --only-mutants     no run without a mutant
  --no-mutants       no mutants
  --timely           nothing excuses a late answer (L1, L2)
  --storm N          nothing else: N revocations within a second at one node, and what the decisions between them took`

export function parseOptions(args: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      strict: true,
      options: {
        minutes: { type: 'string', default: '4' },
        seed: { type: 'string', default: String(Date.now() % 1_000_000) },
        store: { type: 'string' },
        rate: { type: 'string', default: '600' },
        'store-rate': { type: 'string', default: '600' },
        fault: { type: 'string', default: '' },
        mutant: { type: 'string', default: '' },
        'only-mutants': { type: 'boolean', default: false },
        'no-mutants': { type: 'boolean', default: false },
        timely: { type: 'boolean', default: false },
        storm: { type: 'string' },
      },
    })
    const { store } = values
    if (store !== undefined && store !== 'sqlite' && store !== 'redis') return '--store: sqlite or redis'
    return {
      seed: numberOf('--seed', values.seed),
      minutes: numberOf('--minutes', values.minutes),
      stores: store === undefined ? ['sqlite', 'redis'] : [store],
      mutants: values['no-mutants'] ? false : values.mutant,
      runs: !values['only-mutants'],
      rate: numberOf('--rate', values.rate),
      storeRate: numberOf('--store-rate', values['store-rate']),
      faults: values.fault,
      timely: values.timely,
      ...(values.storm === undefined ? {} : { storm: numberOf('--storm', values.storm) }),
    }
  } catch (error) {
    return error instanceof Error ? error.message : 'these options cannot be read'
  }
}

function numberOf(name: string, text: string): number {
  const value = Number(text)
  if (!(Number.isFinite(value) && value >= 0)) throw new TypeError(`${name}: a number`)
  return value
}

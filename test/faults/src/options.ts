// What `npm run verify:kill-switch` may be told. A misspelt option is a mistake, not a default.
import { parseArgs } from 'node:util'
import { nearest } from '@bailiwick/config'
import type { StoreKind } from './cluster/cluster.ts'
import { NETWORKS } from './network/network.ts'
import type { NetworkKind } from './network/network.ts'

export interface Options {
  readonly seed: number
  readonly minutes: number
  readonly stores: readonly StoreKind[]
  /** The best this machine can have, where absent. */
  readonly network?: NetworkKind
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

export type Asked = { readonly kind: 'run'; readonly options: Options } | { readonly kind: 'help' } | { readonly kind: 'mistake'; readonly problem: string }

const KNOWN = {
  minutes: { type: 'string', default: '4' },
  seed: { type: 'string' },
  store: { type: 'string' },
  network: { type: 'string' },
  rate: { type: 'string', default: '600' },
  'store-rate': { type: 'string', default: '600' },
  fault: { type: 'string', default: '' },
  mutant: { type: 'string', default: '' },
  'only-mutants': { type: 'boolean', default: false },
  'no-mutants': { type: 'boolean', default: false },
  timely: { type: 'boolean', default: false },
  storm: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

const STORES = ['sqlite', 'redis'] as const

/** `names`: of all faults and all mutants, so that a text no name contains is a mistake. */
export function parseOptions(args: readonly string[], names: { readonly faults: readonly string[]; readonly mutants: readonly string[] }): Asked {
  const problems: string[] = []
  const { values, tokens } = parseArgs({ args: [...args], options: KNOWN, strict: false, allowPositionals: true, tokens: true })
  for (const [n, token] of tokens.entries()) {
    const before = tokens[n - 1]
    // What follows an option nobody knows may be its value.
    const isValue = before?.kind === 'option' && !Object.hasOwn(KNOWN, before.name)
    if (token.kind === 'positional' && !isValue) problems.push(`${token.value}: an option begins with --`)
    else if (token.kind === 'option') problems.push(...problemsOf(token))
  }
  if (problems.length === 0 && values.help === true) return { kind: 'help' }
  const text = (name: keyof typeof KNOWN): string | undefined => {
    const value = values[name]
    return typeof value === 'string' ? value : undefined
  }
  const number = (name: keyof typeof KNOWN, otherwise: number): number => {
    const value = Number(text(name) ?? otherwise)
    if (Number.isFinite(value) && value >= 0 && text(name)?.trim() !== '') return value
    problems.push(`--${name}: a number, 0 or more`)
    return otherwise
  }
  const oneOf = <T extends string>(name: keyof typeof KNOWN, allowed: readonly T[]): T | undefined => {
    const given = text(name)
    const found = allowed.find((one) => one === given)
    if (given !== undefined && found === undefined) problems.push(`--${name}: ${allowed.join(' or ')}${meant(nearest(given, allowed))}`)
    return found
  }
  const partOf = (name: 'fault' | 'mutant', all: readonly string[]): string => {
    const given = text(name) ?? ''
    if (!all.some((one) => one.includes(given))) problems.push(`--${name}: none is called so; they are:\n${all.map((one) => `    ${one}`).join('\n')}`)
    return given
  }
  const [store, network] = [oneOf('store', STORES), oneOf('network', NETWORKS)]
  const storm = text('storm') === undefined ? undefined : number('storm', 0)
  const options: Options = {
    seed: number('seed', Date.now() % 1_000_000),
    minutes: number('minutes', 4),
    stores: store === undefined ? STORES : [store],
    ...(network === undefined ? {} : { network }),
    mutants: values['no-mutants'] === true ? false : partOf('mutant', names.mutants),
    runs: values['only-mutants'] !== true,
    rate: number('rate', 600),
    storeRate: number('store-rate', 600),
    faults: partOf('fault', names.faults),
    timely: values.timely === true,
    ...(storm === undefined ? {} : { storm }),
  }
  return problems.length === 0 ? { kind: 'run', options } : { kind: 'mistake', problem: problems.join('\n') }
}

function problemsOf({ rawName, name, value }: { readonly rawName: string; readonly name: string; readonly value: string | undefined }): readonly string[] {
  const known = Object.entries(KNOWN).find(([one]) => one === name)?.[1]
  if (known === undefined) return [`there is no option ${rawName}${meant(nearest(name, Object.keys(KNOWN)), '--')}`]
  if (known.type === 'string' && value === undefined) return [`${rawName}: a value is missing`]
  return known.type === 'boolean' && value !== undefined ? [`${rawName} takes no value`] : []
}

function meant(found: string | undefined, before = ''): string {
  return found === undefined ? '' : `; did you mean ${before}${found}?`
}

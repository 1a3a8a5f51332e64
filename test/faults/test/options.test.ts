// What the command may be told: everything has a default, and whatever is not meant like that is a mistake that says what was.
import { expect, it } from 'vitest'
import { parseOptions } from '../src/options.ts'
import type { Asked } from '../src/options.ts'
import { USAGE } from '../src/usage.ts'

const NAMES = { faults: ['node paused', 'PDP hangs'], mutants: ['ack before write'] }
const ask = (...args: readonly string[]): Asked => parseOptions(args, NAMES)
const problemOf = (...args: readonly string[]): string => {
  const asked = ask(...args)
  return asked.kind === 'mistake' ? asked.problem : ''
}

it('nothing said is everything, on both stores, on whatever network there is', () => {
  const asked = ask()
  expect(asked).toMatchObject({ kind: 'run', options: { minutes: 4, stores: ['sqlite', 'redis'], mutants: '', runs: true, faults: '', timely: false } })
  expect(asked).not.toHaveProperty('options.network')
  expect(asked).not.toHaveProperty('options.storm')
})

it('what is said is what is done', () => {
  const args = ['--minutes', '1.5', '--seed=7', '--store', 'redis', '--network', 'proxies', '--fault', 'paused', '--no-mutants', '--timely', '--storm', '10']
  expect(ask(...args)).toEqual({
    kind: 'run',
    options: {
      seed: 7,
      minutes: 1.5,
      stores: ['redis'],
      network: 'proxies',
      mutants: false,
      runs: true,
      rate: 600,
      storeRate: 600,
      faults: 'paused',
      timely: true,
      storm: 10,
    },
  })
})

it.each([
  [['--netwrk', 'proxies'], 'there is no option --netwrk; did you mean --network?'],
  [['--only-mutant'], 'there is no option --only-mutant; did you mean --only-mutants?'],
  [['--network', 'namespace'], '--network: proxies or namespaces; did you mean namespaces?'],
  [['--store', 'redsi'], '--store: sqlite or redis; did you mean redis?'],
  [['--minutes', 'two'], '--minutes: a number, 0 or more'],
  [['--minutes', '-1'], '--minutes: a number, 0 or more'],
  [['--rate', ''], '--rate: a number, 0 or more'],
  [['--seed'], '--seed: a value is missing'],
  [['--timely=no'], '--timely takes no value'],
  [['minutes'], 'minutes: an option begins with --'],
  [['--fault', 'pause node'], '--fault: none is called so; they are:\n    node paused\n    PDP hangs'],
  [['--mutant', 'nack'], '--mutant: none is called so; they are:\n    ack before write'],
])('%j is a mistake', (args, problem) => {
  expect(problemOf(...args)).toBe(problem)
})

it('tells every mistake at once', () => {
  expect(problemOf('--store', 'x', '--minutes', 'y').split('\n')).toHaveLength(2)
})

it('help is asked for by --help and -h, and names every option there is', () => {
  expect([ask('--help').kind, ask('-h').kind]).toEqual(['help', 'help'])
  expect(ask('--help', '--nonsense').kind).toBe('mistake')
  for (const name of ['minutes', 'seed', 'store', 'network', 'rate', 'store-rate', 'fault', 'mutant', 'only-mutants', 'no-mutants', 'timely', 'storm'])
    expect(USAGE).toContain(`  --${name} `)
})

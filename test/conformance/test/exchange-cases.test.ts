import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { EXCHANGE_CASES } from '../src/exchange-cases.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
/** Where a case may be proved: each has one of these behind it. */
const FOLDERS = [
  'services/token-exchange/test',
  'services/control/test',
  'services/enrichment/test',
  'packages/tokens/test',
  'packages/spiffe/test',
  'packages/task-state/test',
]

function citedCases(): ReadonlyMap<number, readonly string[]> {
  const cited = new Map<number, string[]>()
  for (const folder of FOLDERS) {
    for (const entry of readdirSync(`${ROOT}/${folder}`, { recursive: true, encoding: 'utf8' })) {
      if (!entry.endsWith('.test.ts')) continue
      const text = readFileSync(`${ROOT}/${folder}/${entry}`, 'utf8')
      for (const [, list = ''] of text.matchAll(/\(cases? ([\d, and]+)\)/g))
        for (const number of list.match(/\d+/g) ?? []) cited.set(Number(number), [...(cited.get(Number(number)) ?? []), `${folder}/${entry}`])
    }
  }
  return cited
}

const cited = citedCases()

it('every case is cited by a test, or says why it is not', () => {
  const open = Object.entries(EXCHANGE_CASES).filter(([number, { notBuilt }]) => notBuilt === undefined && !cited.has(Number(number)))
  expect(open.map(([number, { says }]) => `${number}: ${says}`)).toEqual([])
})

it('no test cites a case that is not there, nor one that is said to be not built', () => {
  const wrong = [...cited.keys()].filter((number) => EXCHANGE_CASES[number] === undefined || EXCHANGE_CASES[number].notBuilt !== undefined)
  expect(wrong).toEqual([])
})

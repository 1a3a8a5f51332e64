import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { MCP_VALIDATION } from '../src/mcp-validation.ts'

/** Where a requirement may be proved. */
const FOLDER = fileURLToPath(new URL('../../../services/enrichment/test', import.meta.url))

function citedRows(): ReadonlySet<number> {
  const cited = new Set<number>()
  for (const entry of readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })) {
    if (!entry.endsWith('.test.ts')) continue
    for (const [, list = ''] of readFileSync(`${FOLDER}/${entry}`, 'utf8').matchAll(/\(MCP ([\d, and]+)\)/g))
      for (const number of list.match(/\d+/g) ?? []) cited.add(Number(number))
  }
  return cited
}

const cited = citedRows()
const rows = Object.entries(MCP_VALIDATION).map(([number, row]) => ({ number: Number(number), ...row }))

it('every requirement is cited by a test, or says whose it is', () => {
  const open = rows.filter(({ number, notOurs }) => notOurs === undefined && !cited.has(number))
  expect(open.map(({ number, says }) => `${number}: ${says}`)).toEqual([])
})

it('no test cites a requirement that is not there, nor one that is said to be somebody else’s', () => {
  const ours = new Set(rows.filter(({ notOurs }) => notOurs === undefined).map(({ number }) => number))
  expect([...cited].filter((number) => !ours.has(number))).toEqual([])
})

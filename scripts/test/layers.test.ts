// The layer rules, the scanner they read with, and the proof that the proof works.
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, describe } from 'vitest'
import { checkFixtures, readFixtures } from '../check-fixtures.ts'
import { checkLayers } from '../check-layers.ts'
import { jsonViolations, staleAllowances } from '../json-readers.ts'
import { manifestViolations } from '../layer-rules.ts'
import { scanImports } from '../scan-imports.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

describe('the workspace', () => {
  it('keeps its layers', () => {
    expect(checkLayers(root)).toEqual([])
  })
})

describe('the fixtures', () => {
  it('are each refused by exactly the checkers they name', () => {
    expect(checkFixtures(root)).toEqual([])
  })

  it('notice a lint rule that has stopped biting', () => {
    const house = mkdtempSync(join(tmpdir(), 'bailiwick-check-'))
    try {
      mkdirSync(join(house, 'node_modules'))
      symlinkSync(join(root, 'node_modules/.bin'), join(house, 'node_modules/.bin'))
      cpSync(join(root, 'scripts/layer-fixtures'), join(house, 'scripts/layer-fixtures'), { recursive: true })
      const config = readFileSync(join(root, '.oxlintrc.json'), 'utf8')
      writeFileSync(join(house, '.oxlintrc.json'), config.replaceAll('"node:sqlite"', '"node:sqlight"'))
      const found = checkFixtures(house, readFixtures(join(house, 'scripts/layer-fixtures')))
      expect(found).toContain('sqlite-in-one-place.ts: expected to be refused by oxlint and layers, was refused by layers')
    } finally {
      rmSync(house, { recursive: true, force: true })
    }
  })
})

describe('the scanner', () => {
  it.each([
    ["import { a } from 'x'", 'x', false],
    ["import a from 'x'", 'x', false],
    ["import * as a from 'x'", 'x', false],
    ["import 'x'", 'x', false],
    ["import type { A } from 'x'", 'x', true],
    ["export { a } from 'x'", 'x', false],
    ["export * from 'x'", 'x', false],
    ["export type * from 'x'", 'x', true],
    ["import {\n  a,\n  b,\n} from 'x'", 'x', false],
    ["import x from 'x' with { type: 'json' }", 'x', false],
    ["const a = await import('x')", 'x', false],
    ['const a = await import(`x`)', 'x', false],
    ["type A = import('x').A", 'x', false],
    ['import { a } from "x"', 'x', false],
  ])('sees %j', (code, specifier, typeOnly) => {
    expect(scanImports(`const before = 1\n${code}\n`)).toEqual([{ specifier, line: 2, typeOnly }])
  })

  it.each(["// import { a } from 'x'", "/* import 'x' */", "const a = 'y'", 'const url = "https://x"'])('sees nothing in %j', (code) => {
    expect(scanImports(code)).toEqual([])
  })
})

describe('manifests', () => {
  it('are held to the same rules', () => {
    expect(manifestViolations('packages/audit', ['@bailiwick/core', '@bailiwick/tokens'])).toMatchObject([
      { problem: 'packages above the foundation do not import each other' },
    ])
    expect(manifestViolations('services/control', ['@bailiwick/token-exchange', 'ioredis'])).toHaveLength(2)
    expect(manifestViolations('services/standalone', ['@bailiwick/control', '@bailiwick/kit'])).toMatchObject([{ problem: 'src never imports @bailiwick/kit' }])
  })
})

describe('the rule about reading JSON', () => {
  it('says where, and lets the places on its list be', () => {
    const code = 'const a = 1\nconst b = JSON.parse(text)\n'
    expect(jsonViolations('services/control/src/http/bad.ts', code)).toMatchObject([{ line: 2 }])
    expect(jsonViolations('services/standalone/src/own-version.ts', code)).toEqual([])
  })

  it('names the places that left its list behind', () => {
    const [first, ...others] = staleAllowances((file) => (file === 'services/standalone/src/own-version.ts' ? 'export {}' : 'JSON.parse(text)'))
    expect(first).toMatchObject({ file: 'services/standalone/src/own-version.ts' })
    expect(others).toEqual([])
  })
})

// Proves that every layer rule bites: each fixture is put where its first line says and must be refused by exactly the checkers its second line
// names. A rule that is silently ignored (a bad pattern, a later override that replaced it) shows here and nowhere else.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { jsonViolations } from './json-readers.ts'
import { layerViolations } from './layer-rules.ts'
import { scanImports } from './scan-imports.ts'

export interface Fixture {
  readonly name: string
  readonly path: string
  readonly code: string
  readonly expected: readonly string[]
}

export function readFixtures(directory: string): readonly Fixture[] {
  return readdirSync(directory).map((name) => {
    const code = readFileSync(join(directory, name), 'utf8')
    const [, path, by] = /^\/\/ path: (\S+)\n\/\/ refused by: ([a-z, ]+)\n/.exec(code) ?? []
    if (path === undefined || by === undefined) throw new Error(`${name} must begin with "// path: ..." and "// refused by: ..."`)
    return { name, path, code, expected: by === 'nobody' ? [] : by.split(', ') }
  })
}

/** One line per fixture that was not treated as it says. */
export function checkFixtures(root: string, fixtures: readonly Fixture[] = readFixtures(join(root, 'scripts/layer-fixtures'))): readonly string[] {
  const byOxlint = refusedByOxlint(root, fixtures)
  return fixtures.flatMap(({ name, path, code, expected }) => {
    const actual: string[] = []
    if (byOxlint.has(name)) actual.push('oxlint')
    if (layerViolations(path, scanImports(code)).length > 0 || jsonViolations(path, code).length > 0) actual.push('layers')
    if (actual.join() === expected.join()) return []
    return [`${name}: expected to be refused by ${expected.join(' and ') || 'nobody'}, was refused by ${actual.join(' and ') || 'nobody'}`]
  })
}

function refusedByOxlint(root: string, fixtures: readonly Fixture[]): ReadonlySet<string> {
  const refused = new Set<string>()
  const house = mkdtempSync(join(tmpdir(), 'bailiwick-layers-'))
  try {
    // Several fixtures stand at the same path: one tree each, one run for all.
    copyFileSync(join(root, '.oxlintrc.json'), join(house, '.oxlintrc.json'))
    const trees = fixtures.map((fixture, index) => ({ fixture, tree: join(house, String(index)) }))
    for (const { fixture, tree } of trees) {
      mkdirSync(dirname(join(tree, fixture.path)), { recursive: true })
      writeFileSync(join(tree, fixture.path), fixture.code)
      copyFileSync(join(root, '.oxlintrc.json'), join(tree, '.oxlintrc.json'))
    }
    const run = spawnSync(join(root, 'node_modules/.bin/oxlint'), ['-f', 'json', house], { cwd: house, encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 })
    if (run.error !== undefined) throw run.error
    const report: unknown = JSON.parse(run.stdout)
    for (const { code, filename } of diagnosticsOf(report)) {
      if (code !== 'eslint(no-restricted-imports)') continue
      const [, index] = /(?:^|[\\/])(\d+)[\\/](?:packages|services)[\\/]/.exec(filename) ?? []
      const fixture = index === undefined ? undefined : fixtures[Number(index)]
      if (fixture === undefined) throw new Error(`oxlint reported a file that is no fixture: ${filename}`)
      refused.add(fixture.name)
    }
  } finally {
    rmSync(house, { recursive: true, force: true })
  }
  return refused
}

function diagnosticsOf(report: unknown): readonly { readonly code: string; readonly filename: string }[] {
  const list: unknown = typeof report === 'object' && report !== null && 'diagnostics' in report ? report.diagnostics : undefined
  if (!Array.isArray(list)) throw new Error('oxlint gave no diagnostics list')
  return list.map((item: unknown) => {
    if (typeof item !== 'object' || item === null || !('code' in item) || !('filename' in item)) throw new Error('oxlint gave a diagnostic of another shape')
    return { code: String(item.code), filename: String(item.filename) }
  })
}

// Reads every source file and manifest of the workspace and applies the layer rules, and the one about reading JSON.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { jsonViolations, staleAllowances } from './json-readers.ts'
import { layerViolations, manifestViolations } from './layer-rules.ts'
import type { Violation } from './layer-rules.ts'
import { scanImports } from './scan-imports.ts'

export function checkLayers(root: string): readonly Violation[] {
  const files = globSync('{packages,services}/*/src/**/*.ts', { cwd: root }).map((file) => file.replaceAll('\\', '/'))
  const code = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]))
  const inCode = [...code].flatMap(([file, text]) => [...layerViolations(file, scanImports(text)), ...jsonViolations(file, text)])
  const inManifests = globSync('{packages,services}/*/package.json', { cwd: root }).flatMap((file) =>
    manifestViolations(file.replaceAll('\\', '/').replace('/package.json', ''), dependenciesOf(join(root, file))),
  )
  return [...inCode, ...inManifests, ...staleAllowances((file) => code.get(file))]
}

/** What runs in production; development dependencies may be anything. */
function dependenciesOf(manifest: string): readonly string[] {
  if (!existsSync(manifest)) return []
  const parsed: unknown = JSON.parse(readFileSync(manifest, 'utf8'))
  if (typeof parsed !== 'object' || parsed === null || !('dependencies' in parsed)) return []
  const { dependencies } = parsed
  return typeof dependencies === 'object' && dependencies !== null ? Object.keys(dependencies) : []
}

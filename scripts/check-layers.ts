// Reads every source file and manifest of the workspace and applies the layer rules.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { layerViolations, manifestViolations } from './layer-rules.ts'
import type { Violation } from './layer-rules.ts'
import { scanImports } from './scan-imports.ts'

export function checkLayers(root: string): readonly Violation[] {
  const files = globSync('{packages,services}/*/src/**/*.ts', { cwd: root }).map((file) => file.replaceAll('\\', '/'))
  const inCode = files.flatMap((file) => layerViolations(file, scanImports(readFileSync(join(root, file), 'utf8'))))
  const inManifests = globSync('{packages,services}/*/package.json', { cwd: root }).flatMap((file) =>
    manifestViolations(file.replaceAll('\\', '/').replace('/package.json', ''), dependenciesOf(join(root, file))),
  )
  return [...inCode, ...inManifests]
}

/** What runs in production; development dependencies may be anything. */
function dependenciesOf(manifest: string): readonly string[] {
  if (!existsSync(manifest)) return []
  const parsed: unknown = JSON.parse(readFileSync(manifest, 'utf8'))
  if (typeof parsed !== 'object' || parsed === null || !('dependencies' in parsed)) return []
  const { dependencies } = parsed
  return typeof dependencies === 'object' && dependencies !== null ? Object.keys(dependencies) : []
}

// The Envoy that is run: the one `ENVOY` names, else that of PyPI.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { openVenv } from '../python-venv.ts'

export interface EnvoyBinary {
  readonly binary: string
  /** `1.40.0`. */
  readonly version: string
}

export async function findEnvoyBinary(): Promise<EnvoyBinary | { readonly skipped: string }> {
  const named = process.env['ENVOY']
  if (named !== undefined) return described(named)
  const venv = await openVenv(new URL('../python/envoy.txt', import.meta.url))
  return 'skipped' in venv ? venv : described(join(venv.bin, 'envoy'))
}

function described(binary: string): EnvoyBinary | { readonly skipped: string } {
  try {
    const said = execFileSync(binary, ['--version'], { encoding: 'utf8', timeout: 30_000 })
    return { binary, version: /\/(\d+\.\d+\.\d+)\//.exec(said)?.[1] ?? 'of an unknown version' }
  } catch {
    return { skipped: `${binary} does not run here` }
  }
}

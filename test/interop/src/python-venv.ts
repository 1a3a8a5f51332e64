// Packages from PyPI at exact versions, in a virtual environment of their own below node_modules/.cache: nothing of the machine's Python changes. Made
// once per list of requirements; a half-made one is made again.
import { execFile } from 'node:child_process'
import { hash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const execute = promisify(execFile)
const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/bailiwick-interop', import.meta.url))
const INSTALL_MS = 480_000
const OLDEST_PYTHON = [3, 10]

export interface Venv {
  /** Its interpreter. */
  readonly python: string
  /** Where its scripts are: `litellm`, `envoy`. */
  readonly bin: string
  /** `3.11.7`. */
  readonly pythonVersion: string
}

/** `requirements`: a file of `name==version` lines, every transitive package included. `PYTHON` names another interpreter than `python3`. */
export async function openVenv(requirements: URL): Promise<Venv | { readonly skipped: string }> {
  const interpreter = process.env['PYTHON'] ?? 'python3'
  const pythonVersion = await versionOf(interpreter)
  if (pythonVersion === undefined) return { skipped: `no ${interpreter} of ${OLDEST_PYTHON.join('.')} or later` }
  const wanted = readFileSync(requirements, 'utf8')
  const folder = join(CACHE, hash('sha256', `${pythonVersion}\n${process.arch}\n${wanted}`).slice(0, 16))
  const bin = join(folder, process.platform === 'win32' ? 'Scripts' : 'bin')
  const venv: Venv = { python: join(bin, 'python'), bin, pythonVersion }
  const stamp = join(folder, '.complete')
  if (existsSync(stamp)) return venv
  rmSync(folder, { recursive: true, force: true })
  try {
    await execute(interpreter, ['-m', 'venv', folder], { timeout: INSTALL_MS })
  } catch {
    return { skipped: `${interpreter} cannot make a virtual environment (on Debian: python3-venv)` }
  }
  try {
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check', '--only-binary=:all:', '--no-deps']
    await execute(venv.python, [...pip, '-r', fileURLToPath(requirements)], { timeout: INSTALL_MS })
  } catch (error) {
    return { skipped: `PyPI did not give what ${requirements.pathname.split('/').pop()} lists: ${lastLine(error)}` }
  }
  writeFileSync(stamp, '')
  return venv
}

async function versionOf(interpreter: string): Promise<string | undefined> {
  try {
    const { stdout } = await execute(interpreter, ['-c', 'import platform; print(platform.python_version())'], { timeout: 20_000 })
    const version = stdout.trim()
    const [major = 0, minor = 0] = version.split('.').map(Number)
    const [oldestMajor = 0, oldestMinor = 0] = OLDEST_PYTHON
    return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor) ? version : undefined
  } catch {
    return undefined
  }
}

/** What pip said last; never the command line. */
function lastLine(error: unknown): string {
  const said = typeof error === 'object' && error !== null && 'stderr' in error ? String(error.stderr).trim() : ''
  return (said.split('\n').pop() ?? '').slice(0, 200) || 'pip said nothing'
}

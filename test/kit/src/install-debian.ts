// Packages of the distribution for a test, where they can be had without a question: as root on Debian. Only tools that register no service are asked for.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'

const execute = promisify(execFile)
const INSTALL_MS = 180_000

/** Undefined when they are there; else why they are not, as the end of a sentence. */
export async function installDebian(packages: readonly string[]): Promise<string | undefined> {
  const all = packages.join(' and ')
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return `${all} can be installed only as root on Debian`
  // Several test files may find none at once: the package manager's own lock puts them in a row.
  const options = { timeout: INSTALL_MS, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }
  const apt = (...args: string[]): Promise<unknown> => execute('/usr/bin/apt-get', ['-o', 'DPkg::Lock::Timeout=120', '-q', '-y', ...args], options)
  try {
    await apt('update').catch(() => undefined)
    await apt('install', '--no-install-recommends', ...packages)
    return undefined
  } catch {
    return `apt-get could not install ${all}`
  }
}

// A program of a Debian package for a test, without installing it: downloaded with what it needs, unpacked into a folder of this repository's
// caches, to be started from there. No service is registered, no script of a package runs. Starts nothing itself.
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe } from 'vitest'
import { skipped } from './skipped.ts'

const execute = promisify(execFile)

/** A folder that looks like `/`, with at least these packages in it. */
export interface Unpacked {
  readonly root: string
  /** For `LD_LIBRARY_PATH`: libraries that came along because this machine has none. */
  readonly libraries: string
}

const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/bailiwick-programs', import.meta.url))
const DOWNLOAD_MS = 180_000

export interface Wanted {
  readonly packages: readonly string[]
  /** Whether what is needed lies below this folder; asked of `/` first. */
  readonly isThere: (root: string) => boolean
}

/** Runs the tests with the program of this machine, or with Debian's, or says in one line why not. */
export async function withDebian(name: string, { packages, isThere }: Wanted, tests: (unpacked: Unpacked) => void): Promise<void> {
  const found = isThere('/') ? { root: '/', libraries: '' } : await unpackDebian(name, packages)
  if (typeof found === 'string') skipped(name, found)
  else describe(name, () => tests(found))
}

/** The folder, or in one line why there is none. `name` of the cache entry: change it when `packages` change. */
async function unpackDebian(name: string, packages: readonly string[]): Promise<Unpacked | string> {
  const root = join(CACHE, name)
  if (existsSync(root)) return unpackedAt(root)
  if (!existsSync('/usr/bin/apt-get') || !existsSync('/usr/bin/dpkg-deb')) return `${packages.join(' and ')} can be had only from Debian's packages here`
  mkdirSync(CACHE, { recursive: true })
  const work = mkdtempSync(join(CACHE, 'unpacking-'))
  try {
    const archives = join(work, 'archives')
    mkdirSync(join(archives, 'partial'), { recursive: true })
    await download(archives, packages)
    for (const file of readdirSync(archives)) if (file.endsWith('.deb')) await execute('/usr/bin/dpkg-deb', ['-x', join(archives, file), join(work, 'root')])
    // Another test file may have been faster; a folder is there whole or not at all.
    if (!existsSync(root)) renameSync(join(work, 'root'), root)
    return unpackedAt(root)
  } catch {
    return existsSync(root) ? unpackedAt(root) : `apt-get could not download ${packages.join(' and ')}`
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Asks the package manager for nothing but files: its database is not written, and needs no lock. */
async function download(archives: string, packages: readonly string[]): Promise<void> {
  const options = { timeout: DOWNLOAD_MS, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }
  const get = (): Promise<unknown> =>
    execute(
      '/usr/bin/apt-get',
      [
        '-q',
        '-y',
        '-o',
        `Dir::Cache::archives=${archives}`,
        '-o',
        'Debug::NoLocking=true',
        '--no-install-recommends',
        '--reinstall',
        '--download-only',
        'install',
        ...packages,
      ],
      options,
    )
  try {
    await get()
  } catch (error) {
    // Perhaps only because nobody asked what there is.
    if (process.getuid?.() !== 0) throw error
    await execute('/usr/bin/apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=120', 'update'], options)
    await get()
  }
}

function unpackedAt(root: string): Unpacked {
  const folders = ['usr/lib', 'lib'].flatMap((lib) => {
    const at = join(root, lib)
    return existsSync(at)
      ? readdirSync(at)
          .filter((entry) => entry.endsWith('-linux-gnu'))
          .map((entry) => join(at, entry))
      : []
  })
  return { root, libraries: folders.join(':') }
}

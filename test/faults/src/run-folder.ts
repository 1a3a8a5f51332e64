// Everything a command puts on disk lies in one folder that carries its process id. Folders whose process is gone are of a command that crashed: whatever
// still runs out of one is ended, and it is removed.
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const NAME = /^bailiwick-verify-(\d+)-/
const PROCESSES = '/proc'

export interface RunFolder {
  readonly path: string
  /** Ends what still runs out of it, and removes it. */
  remove(): void
}

export function makeRunFolder(): RunFolder {
  const path = mkdtempSync(join(tmpdir(), `bailiwick-verify-${process.pid}-`))
  return { path, remove: () => removeFolder(path) }
}

/** Those of commands that are no more. Returns how many there were. */
export function removeStaleFolders(): number {
  const stale = readdirSync(tmpdir()).filter((name) => {
    const pid = NAME.exec(name)?.[1]
    return pid !== undefined && !isAlive(Number(pid)) && isOurs(join(tmpdir(), name))
  })
  for (const name of stale) removeFolder(join(tmpdir(), name))
  return stale.length
}

function removeFolder(path: string): void {
  for (const pid of processesOf(path)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It ended meanwhile.
    }
  }
  rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
}

/** Whose command line names a file in the folder, or who works in there: a Redis server writes its own command line. Only Linux tells. */
function processesOf(folder: string): readonly number[] {
  let names: readonly string[]
  try {
    names = readdirSync(PROCESSES)
  } catch {
    return []
  }
  return names.flatMap((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return []
    try {
      const isThere = readlinkSync(join(PROCESSES, name, 'cwd')).startsWith(`${folder}/`)
      return isThere || readFileSync(join(PROCESSES, name, 'cmdline'), 'utf8').includes(`${folder}/`) ? [Number(name)] : []
    } catch {
      return []
    }
  })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function isOurs(path: string): boolean {
  try {
    return statSync(path).uid === process.getuid?.()
  } catch {
    return false
  }
}

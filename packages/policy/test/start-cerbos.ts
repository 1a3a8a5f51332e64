// A real Cerbos with settings a test chooses, and a look at the processes of this machine.
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { systemClock } from '@bailiwick/core'
import { createProbedDecider } from '../src/cerbos-decider.ts'
import { createCerbosFolder } from '../src/cerbos-folder.ts'
import { spawnGuarded } from '../src/guarded-child.ts'
import { findCerbosBinary } from '../src/index.ts'
import type { SupervisorLog } from '../src/index.ts'

export const POLICIES = fileURLToPath(new URL('../../../policies', import.meta.url))

export interface StartedCerbos {
  readonly address: string
  close(): Promise<void>
}

/** Serving, or not: whether it is fit is what the caller tests. */
export async function startCerbos(change: (config: string) => string, policies = POLICIES): Promise<StartedCerbos> {
  const folder = await createCerbosFolder(policies)
  await writeFile(folder.configFile, change(await readFile(folder.configFile, 'utf8')))
  const args = ['server', `--config=${folder.configFile}`, '--log-level=error']
  const child = spawnGuarded({ program: findCerbosBinary(), args, env: { PATH: '/usr/bin:/bin' }, folder: folder.path, onLine: () => {} })
  const probe = createProbedDecider({ address: folder.address, clock: systemClock })
  await until(async () => !['pdp_unreachable', 'pdp_timeout'].includes((await probe.probe())?.code ?? ''))
  await probe.close()
  return {
    address: folder.address,
    close: async () => {
      child.kill()
      await child.exited
      await folder.remove()
    },
  }
}

/** A copy of the shipped policies that a test may spoil. */
export async function copyPolicies(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'bailiwick-policies-'))
  await cp(POLICIES, path, { recursive: true })
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

/** Real processes take real time: looks again until it is so, or 15 seconds have passed. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + 15_000
  while (!(await isSo())) {
    if (performance.now() > giveUpAt) throw new Error('it did not become so within 15 seconds')
    await new Promise((done) => setTimeout(done, 20))
  }
}

/** The Cerbos processes whose command line names `folder`. The shell that guards one is not one. */
export async function cerbosProcesses(folder: string): Promise<readonly number[]> {
  const lines = process.platform === 'linux' ? await linuxProcesses() : (await promisify(execFile)('ps', ['-A', '-o', 'pid=,args='])).stdout.split('\n')
  return lines.filter((line) => line.includes(folder) && /^\s*\d+ \S*cerbos-[a-z0-9]+-[a-z0-9]+ server/.test(line)).map((line) => Number.parseInt(line, 10))
}

async function linuxProcesses(): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  return await Promise.all(
    pids.map(async (pid) => {
      const [commandLine, status] = await Promise.all([`/proc/${pid}/cmdline`, `/proc/${pid}/stat`].map((file) => readFile(file, 'utf8').catch(() => '')))
      // A zombie is dead: in a container without an init nobody collects it.
      return / Z /.test(status ?? '') ? '' : `${pid} ${(commandLine ?? '').replaceAll('\0', ' ')}`
    }),
  )
}

export interface Remembered {
  readonly log: SupervisorLog
  readonly lines: readonly string[]
}

export function rememberLog(): Remembered {
  const lines: string[] = []
  const keep = (fields: object, message: string): void => {
    lines.push(`${message} ${JSON.stringify(fields)}`)
  }
  return { log: { info: keep, warn: keep, error: keep }, lines }
}

// A command that crashed leaves a folder and perhaps processes: the next one removes both, and touches nothing of a command that still runs.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeRunFolder, removeStaleFolders } from '../src/run-folder.ts'

const WAITS = 'setInterval(() => undefined, 1000)'
let folder: string
let before: string | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-folders-'))
  before = process.env['TMPDIR']
  process.env['TMPDIR'] = folder
})

afterEach(() => {
  if (before === undefined) delete process.env['TMPDIR']
  else process.env['TMPDIR'] = before
  rmSync(folder, { recursive: true, force: true })
})

/** Of no process: it has ended, and been waited for. */
async function goneId(): Promise<number> {
  const child = spawn(process.execPath, ['-e', ''])
  await new Promise((resolve) => child.once('exit', resolve))
  return child.pid ?? 0
}

const linuxOnly = { skip: process.platform !== 'linux' }

it.each(['by its command line', 'by where it works'])(
  'what an ended command left is removed, with what still runs out of it: known %s',
  linuxOnly,
  async (how) => {
    const left = join(folder, `bailiwick-verify-${await goneId()}-abc`)
    const work = join(left, 'redis')
    mkdirSync(work, { recursive: true })
    const script = join(left, 'server.js')
    writeFileSync(script, WAITS)
    const child = how === 'by where it works' ? spawn(process.execPath, ['-e', WAITS], { cwd: work }) : spawn(process.execPath, [script])
    const ended = new Promise<string | null>((resolve) => child.once('exit', (_, signal) => resolve(signal)))
    await new Promise((resolve) => child.once('spawn', resolve))
    expect(removeStaleFolders()).toBe(1)
    expect(await ended).toBe('SIGKILL')
    expect(existsSync(left)).toBe(false)
  },
)

it('a folder of a command that runs, and one of another name, stay', () => {
  const own = makeRunFolder()
  const other = join(folder, 'bailiwick-verify-notes')
  mkdirSync(other)
  expect(removeStaleFolders()).toBe(0)
  expect([existsSync(own.path), existsSync(other)]).toEqual([true, true])
  own.remove()
  expect(existsSync(own.path)).toBe(false)
})

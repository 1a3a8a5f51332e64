// The supervised process: where it listens, and what happens when it dies, hangs, or we do. Real processes, real signals.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, statSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { createInterface } from 'node:readline'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { deadlineIn, systemClock } from '@bailiwick/core'
import { afterEach, describe, expect, it } from 'vitest'
import { createCerbosDecider, superviseCerbos } from '../src/index.ts'
import type { Decider, SuperviseOptions, SupervisedCerbos } from '../src/index.ts'
import { question } from './fixtures.ts'
import { POLICIES, cerbosProcesses, copyPolicies, rememberLog, until } from './start-cerbos.ts'

const closers: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

interface Running {
  readonly cerbos: SupervisedCerbos
  readonly decider: Decider
  readonly folder: string
  readonly lines: readonly string[]
  pid(): Promise<number>
}

async function start(change: Partial<SuperviseOptions> = {}): Promise<Running> {
  const { log, lines } = rememberLog()
  const cerbos = await superviseCerbos({ directory: POLICIES, log, ...change })
  const decider = createCerbosDecider({ address: cerbos.address, clock: systemClock })
  closers.push(cerbos.close, decider.close)
  const folder = dirname(cerbos.address.slice('unix:'.length))
  return {
    cerbos,
    decider,
    folder,
    lines,
    pid: async () => {
      const [pid] = await cerbosProcesses(folder)
      if (pid === undefined) throw new Error('no such process')
      return pid
    },
  }
}

const ask = (decider: Decider, ms = 2_000): Promise<unknown> => decider.decide(question({ deadline: deadlineIn(systemClock, ms) }))
const answers = (decider: Decider): Promise<boolean> =>
  ask(decider, 500).then(
    () => true,
    () => false,
  )

describe('a supervised Cerbos', () => {
  it('is reachable by us alone, without TCP', async () => {
    const { folder, pid } = await start()
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    for (const name of ['grpc.sock', 'http.sock']) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
    if (process.platform === 'linux') expect(await listeningTcpSockets(await pid())).toEqual([])
  })

  it('knows nothing of our environment', async () => {
    if (process.platform !== 'linux') return
    process.env['BAILIWICK_TEST_SECRET'] = 'a-secret-of-ours'
    try {
      const { pid } = await start()
      expect(await readFile(`/proc/${await pid()}/environ`, 'utf8')).not.toContain('a-secret-of-ours')
    } finally {
      delete process.env['BAILIWICK_TEST_SECRET']
    }
  })

  it('is gone with its folder after close, which may be called twice', async () => {
    const { cerbos, folder } = await start()
    await Promise.all([cerbos.close(), cerbos.close()])
    expect(await cerbosProcesses(folder)).toEqual([])
    expect(existsSync(folder)).toBe(false)
    expect(await cerbos.health()).not.toBeUndefined()
  })

  it('that is killed is a fault at once, and back under the same address without a restart of us', async () => {
    const { cerbos, decider, pid, lines } = await start()
    await ask(decider)
    const first = await pid()
    process.kill(first, 'SIGKILL')
    // A call in the same moment may still be in flight to the dying process: a fault either way, never an answer.
    await until(async () => !(await answers(decider)))
    await expect(ask(decider)).rejects.toMatchObject({ dependency: 'policy', code: 'pdp_unreachable' })
    await until(() => answers(decider))
    expect(await cerbos.health()).toBeUndefined()
    expect(await pid()).not.toBe(first)
    expect(lines.join('\n')).toContain('cerbos is gone {"how":"ended by signal 9"')
  })

  it('that hangs is a timeout at the deadline, and answers again when it goes on', async () => {
    const { decider, pid } = await start()
    await ask(decider)
    const stopped = await pid()
    process.kill(stopped, 'SIGSTOP')
    // Its threads stop one after the other; an answer on its way may still arrive.
    await until(async () => !(await answers(decider)))
    const began = performance.now()
    await expect(ask(decider, 150)).rejects.toMatchObject({ dependency: 'policy', code: 'pdp_timeout' })
    expect(performance.now() - began).toBeLessThan(5_000)
    process.kill(stopped, 'SIGCONT')
    await until(() => answers(decider))
    expect(await pid()).toBe(stopped)
  })

  it('that goes on hanging is replaced', async () => {
    const { decider, pid, lines } = await start({ probeIntervalMs: 50, hungAfterMs: 300 })
    const hung = await pid()
    process.kill(hung, 'SIGSTOP')
    await until(() => answers(decider))
    expect(await pid()).not.toBe(hung)
    expect(lines.join('\n')).toContain('cerbos hangs and is replaced')
  }, 30_000)

  it('does not outlive us when we are killed', async () => {
    const parent = spawn(process.execPath, [fileURLToPath(new URL('supervised-parent.ts', import.meta.url))], { stdio: ['ignore', 'pipe', 'inherit'] })
    closers.push(async () => parent.kill('SIGKILL'))
    const [address] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string]
    const folder = dirname(address.slice('unix:'.length))
    expect(await cerbosProcesses(folder)).toHaveLength(1)
    parent.kill('SIGKILL')
    await until(async () => (await cerbosProcesses(folder)).length === 0)
    await until(() => !existsSync(folder))
  })

  it('is replaced when only the shell that guards it is killed', async () => {
    if (process.platform !== 'linux') return
    const { decider, folder, pid } = await start()
    const guarded = await pid()
    const shell = (await readFile(`/proc/${guarded}/stat`, 'utf8')).split(') ')[1]?.split(' ')[1]
    process.kill(Number(shell), 'SIGKILL')
    await until(async () => !(await cerbosProcesses(folder)).includes(guarded))
    await until(() => answers(decider))
    expect(await cerbosProcesses(folder)).toHaveLength(1)
  })
})

describe('a start fails, in words for the operator and with nothing left behind,', () => {
  async function failure(spoil: (directory: string) => Promise<void>): Promise<string> {
    const policies = await copyPolicies()
    closers.push(policies.remove)
    await spoil(policies.path)
    const { log } = rememberLog()
    return await superviseCerbos({ directory: policies.path, log }).then(
      async (started) => {
        await started.close()
        return 'it started'
      },
      (thrown: unknown) => (thrown instanceof Error ? thrown.message : 'not an error'),
    )
  }

  it('with a policy that does not compile', async () => {
    const said = await failure((directory) => writeFile(join(directory, 'mcp_payments.yaml'), 'apiVersion: api.cerbos.dev/v1\nresourcePolicy: {}\n'))
    expect(said).toMatch(/^cerbos ended with code \d+: .*mcp_payments\.yaml/)
  })

  it('without the canary policy', async () => {
    const said = await failure((directory) => rm(join(directory, 'bailiwick_canary.yaml')))
    expect(said).toContain('policy.directory: the canary policy is missing or changed')
  })

  it('with a canary policy that lost its schema', async () => {
    const said = await failure(async (directory) => {
      const file = join(directory, 'bailiwick_canary.yaml')
      const text = await readFile(file, 'utf8')
      await writeFile(file, text.replace(/ {2}schemas:\n.*\n.*\n/, ''))
    })
    expect(said).toContain('schema enforcement is not `reject`')
  })

  it('without the folder', async () => {
    expect(await failure((directory) => rm(directory, { recursive: true }))).toMatch(/^policy\.directory: .* cannot be read$/)
  })

  it('and leaves no folder', async () => {
    const temporary = await ownTemporaryFolder()
    await failure((directory) => rm(join(directory, 'bailiwick_canary.yaml')))
    expect((await readdir(temporary)).filter((name) => name.startsWith('bailiwick-pdp-'))).toEqual([])
  })
})

it('its sockets get a short path where the temporary folder has a long one', async () => {
  const long = join(await ownTemporaryFolder(), 'x'.repeat(80))
  await mkdir(long)
  process.env['TMPDIR'] = long
  const { folder, decider } = await start()
  expect(Buffer.byteLength(join(folder, 'grpc.sock'))).toBeLessThan(104)
  await ask(decider)
})

/** `os.tmpdir()` until the end of the test: other suites have theirs in the usual one. */
async function ownTemporaryFolder(): Promise<string> {
  const usual = process.env['TMPDIR']
  const own = await mkdtemp(join(tmpdir(), 'bw-'))
  process.env['TMPDIR'] = own
  closers.unshift(async () => {
    if (usual === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = usual
    await rm(own, { recursive: true })
  })
  return own
}

async function listeningTcpSockets(pid: number): Promise<readonly string[]> {
  const { readlink } = await import('node:fs/promises')
  const descriptors = await readdir(`/proc/${pid}/fd`)
  const links = await Promise.all(descriptors.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')))
  const inodes = new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []))
  const tables = await Promise.all(['tcp', 'tcp6'].map((table) => readFile(`/proc/${pid}/net/${table}`, 'utf8').catch(() => '')))
  // Column 10 is the inode; state 0A is LISTEN.
  return tables
    .flatMap((table) => table.split('\n'))
    .filter((line) => {
      const columns = line.trim().split(/\s+/)
      return columns[3] === '0A' && inodes.has(columns[9] ?? '')
    })
}

// The services of a compose file in real containers. Docker's Compose is given the file and does the rest. podman-compose knows no conditions of `depends_on`, so
// there each service is started by itself once those it waits for are as far as it asks. Ended with their volumes and networks. Knows nothing of what they do.
import { fileURLToPath } from 'node:url'
import { command, must } from './command.ts'
import type { Said } from './command.ts'
import { forPodman, readServices, startOrder } from './compose-file.ts'
import type { ComposeFile, Services } from './compose-file.ts'
import type { Engine } from './engine.ts'

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url))
const HEALTHY_TRIES = 60
const BETWEEN_TRIES_MS = 1_000
const STORY_MS = 120_000
/** Has no health check: its image holds one program and no shell. */
const SETTLE_MS = 3_000

export interface Group {
  /** What its networks and volumes begin with. */
  readonly project: string
  readonly services: readonly string[]
  /** Runs it to its end. */
  run(service: string): Promise<Said>
  container(service: string): string
  /** Rejects when it does not become healthy. */
  becomesHealthy(service: string): Promise<void>
  close(): Promise<void>
}

export interface GroupOptions {
  readonly engine: Engine
  readonly file: ComposeFile
  /** Tells it from others that run now. */
  readonly name: string
  readonly profiles: readonly string[]
  readonly envFile?: string
  readonly env: Readonly<Record<string, string>>
  /** Is not started: for `run`. */
  readonly last?: string
}

export async function openGroup({ engine, file, name: suffix, profiles, envFile, env, last }: GroupOptions): Promise<Group> {
  const project = `bailiwick-interop-${process.pid}-${suffix}`
  const services = readServices(file, profiles)
  const order = startOrder(services).filter((name) => name !== last)
  const docker = engine.program === 'docker'
  const [composer, ...first] = engine.composer
  const chosen = [...(envFile === undefined ? [] : ['--env-file', envFile]), '-p', project, ...profiles.flatMap((name) => ['--profile', name])]
  const compose = (...args: readonly string[]): Promise<Said> =>
    command(composer, [...first, '-f', docker ? file : '-', ...chosen, ...args], {
      cwd: ROOT,
      env,
      timeoutMs: STORY_MS,
      ...(docker ? {} : { input: forPodman(file) }),
    })
  const container = (service: string): string => (docker ? `${project}-${service}-1` : `${project}_${service}_1`)
  const becomesHealthy = (service: string): Promise<void> => waitUntilHealthy(engine, container(service))
  const run = async (service: string): Promise<Said> => {
    if (docker) return await compose('run', '--rm', service)
    const said = await compose('up', '--no-deps', service)
    return { ...said, ok: (await must(engine.program, ['inspect', '--format', '{{.State.ExitCode}}', container(service)])) === '0' }
  }
  const close = async (): Promise<void> => {
    await compose('down', '--volumes', '--timeout', '1')
  }
  const start = async (...args: readonly string[]): Promise<void> => {
    const said = await compose('up', '--detach', ...args)
    if (!said.ok) throw new Error(`${args.join(' ')} did not start: ${said.all.slice(-2_000)}`)
  }
  try {
    if (docker) await start(...order)
    else await startEach(order, services, { run, start: (name) => start('--no-deps', name), becomesHealthy })
    for (const name of order) if (isChecked(services, name)) await becomesHealthy(name)
    return { project, services: order, run, container, becomesHealthy, close }
  } catch (error) {
    await close()
    throw error
  }
}

interface Starter extends Pick<Group, 'run' | 'becomesHealthy'> {
  start(service: string): Promise<void>
}

async function startEach(order: readonly string[], services: Services, { run, start, becomesHealthy }: Starter): Promise<void> {
  for (const name of order) {
    const { restart, depends_on: before = {} } = services[name] ?? {}
    for (const [other, { condition }] of Object.entries(before)) if (condition === 'service_healthy' && order.includes(other)) await becomesHealthy(other)
    if (restart === 'no') {
      const said = await run(name)
      if (!said.ok) throw new Error(`${name} failed: ${said.all.slice(-2_000)}`)
      continue
    }
    await start(name)
    if (services[name]?.healthcheck === undefined) await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  }
}

function isChecked(services: Services, name: string): boolean {
  const { healthcheck } = services[name] ?? {}
  return healthcheck !== undefined && healthcheck.disable !== true
}

/** Docker asks by itself; Podman wants to be told to. */
async function waitUntilHealthy({ program }: Engine, container: string): Promise<void> {
  const isHealthy = async (): Promise<boolean> =>
    program === 'docker'
      ? (await command(program, ['inspect', '--format', '{{.State.Health.Status}}', container])).text === 'healthy'
      : (await command(program, ['healthcheck', 'run', container])).ok
  for (let tries = 0; !(await isHealthy()); tries++) {
    if (tries === HEALTHY_TRIES)
      throw new Error(`${container} does not become healthy: ${(await command(program, ['logs', '--tail', '20', container])).all.slice(-2_000)}`)
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_TRIES_MS))
  }
}

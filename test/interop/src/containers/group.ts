// The services of a compose file in real containers, by Podman and podman-compose: started in the order of `depends_on`, each waited for by its own
// health check, ended with its volumes and networks. Knows nothing of what the containers do.
import { fileURLToPath } from 'node:url'
import { command, must } from './command.ts'
import { readServices, startOrder } from './compose-file.ts'
import type { ComposeFile } from './compose-file.ts'

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url))
const HEALTHY_TRIES = 60
const BETWEEN_TRIES_MS = 1_000
const STORY_MS = 120_000
/** Has no health check: its image holds one program and no shell. */
const SETTLE_MS = 3_000

export interface Group {
  /** Of `podman-compose`, before the name of a network. */
  readonly project: string
  readonly services: readonly string[]
  /** Runs it to its end, with what it wrote. */
  run(service: string): Promise<{ readonly exitCode: number; readonly output: string }>
  container(service: string): string
  close(): Promise<void>
}

export interface GroupOptions {
  /** The path of podman-compose. */
  readonly composer: string
  readonly file: ComposeFile
  /** Tells it from others that run now. */
  readonly name: string
  readonly profiles: readonly string[]
  readonly envFile?: string
  readonly env: Readonly<Record<string, string>>
  /** Is not started: for `run`. */
  readonly last?: string
}

export async function openGroup({ composer, file, name: suffix, profiles, envFile, env, last }: GroupOptions): Promise<Group> {
  const project = `bailiwick-interop-${process.pid}-${suffix}`
  const services = readServices(file, profiles)
  const order = startOrder(services).filter((name) => name !== last)
  const container = (service: string): string => `${project}_${service}_1`
  const chosen = ['-f', file, ...(envFile === undefined ? [] : ['--env-file', envFile]), '-p', project, ...profiles.flatMap((name) => ['--profile', name])]
  const compose = (...args: readonly string[]): Promise<string> => must(composer, [...chosen, ...args], { cwd: ROOT, env, timeoutMs: STORY_MS })
  const close = async (): Promise<void> => {
    await command(composer, [...chosen, 'down', '--volumes', '--timeout', '1'], { cwd: ROOT, env, timeoutMs: STORY_MS })
  }
  const run = async (service: string): Promise<{ readonly exitCode: number; readonly output: string }> => {
    const { all: output } = await command(composer, [...chosen, 'up', '--no-deps', service], { cwd: ROOT, env, timeoutMs: STORY_MS })
    const exitCode = Number(await must('podman', ['inspect', '--format', '{{.State.ExitCode}}', container(service)]))
    return { exitCode, output }
  }
  try {
    for (const name of order) {
      if (services[name]?.restart === 'no') {
        const { exitCode, output } = await run(name)
        if (exitCode !== 0) throw new Error(`${name} ended with ${exitCode}: ${output.slice(-2_000)}`)
        continue
      }
      await compose('up', '--detach', '--no-deps', name)
      if (services[name]?.healthcheck === undefined) await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
      else await becomesHealthy(container(name))
    }
    return { project, services: order, run, container, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function becomesHealthy(container: string): Promise<void> {
  for (let tries = 0; !(await command('podman', ['healthcheck', 'run', container])).ok; tries++) {
    if (tries === HEALTHY_TRIES)
      throw new Error(`${container} does not become healthy: ${(await command('podman', ['logs', '--tail', '20', container])).all.slice(-2_000)}`)
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_TRIES_MS))
  }
}

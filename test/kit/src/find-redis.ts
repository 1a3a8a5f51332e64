// Finds a Redis server to run, or gets one where that needs no question: as root on Debian, from the distribution. Starts nothing.
// The package `redis-tools` holds the server's program too (under the name of a checker, which looks at what it was called) and, unlike `redis-server`,
// installs no service.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { installDebian } from './install-debian.ts'

export interface RedisProgram {
  readonly path: string
  /** What it must believe to be called. */
  readonly argv0: string
  /** `7.0.15`; Valkey says so before it: `valkey 8.0.1`. */
  readonly version: string
}

const FOLDERS = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin', '/usr/local/opt/redis/bin']
const NAMES: readonly (readonly [file: string, argv0: string])[] = [
  ['redis-server', 'redis-server'],
  ['valkey-server', 'valkey-server'],
  ['redis-check-rdb', 'redis-server'],
]

/** `program` names one to use instead of whatever is there. Undefined where there is none. */
export async function findRedis(program?: string): Promise<RedisProgram | undefined> {
  if (program !== undefined) return await described(program, program)
  const folders = [...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''), ...FOLDERS]
  for (const [file, argv0] of NAMES) {
    for (const folder of folders) {
      const path = join(folder, file)
      const found = existsSync(path) ? await described(path, argv0) : undefined
      if (found !== undefined) return found
    }
  }
  return undefined
}

/** `spawn`, because only it can say what the program is called. */
function versionText(path: string, argv0: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, ['--version'], { argv0, stdio: ['ignore', 'pipe', 'ignore'], timeout: 10_000 })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    child.on('error', reject)
    child.on('close', () => resolve(text))
  })
}

async function described(path: string, argv0: string): Promise<RedisProgram | undefined> {
  try {
    const stdout = await versionText(path, argv0)
    const version = /^(Redis|Valkey) server v=(\S+)/.exec(stdout)
    if (version?.[2] === undefined) return undefined
    return { path, argv0, version: version[1] === 'Valkey' ? `valkey ${version[2]}` : version[2] }
  } catch {
    return undefined
  }
}

/** The program, or in one line why there is none. `BAILIWICK_REDIS_SERVER` names another one than what is found first. */
export async function findOrInstallRedis(): Promise<RedisProgram | string> {
  const found = await findRedis(process.env['BAILIWICK_REDIS_SERVER'])
  if (found !== undefined) return found
  const problem = await installDebian(['redis-tools'])
  if (problem !== undefined) return `no redis-server on PATH, and ${problem}`
  return (await findRedis()) ?? 'redis-tools was installed, and still no redis-server was found'
}

// What a command works with: the parsed global options, the environment, the terminal, and the way to the configuration and to each plane.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { formatProblems, loadConfig, planeUrl, readSecretFile } from '@bailiwick/config'
import type { BailiwickConfig, PlaneName } from '@bailiwick/config'
import type { Clock } from '@bailiwick/core'
import { CliError, EXIT } from './exit-code.ts'
import { createInputFiles } from './files.ts'
import type { InputFiles } from './files.ts'
import { createEndpoint } from './http/endpoint.ts'
import type { Endpoint, FetchLike } from './http/endpoint.ts'
import type { Terminal } from './terminal/terminal.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface GlobalOptions {
  readonly json?: boolean
  readonly config?: string
  readonly set?: readonly string[]
  readonly url?: string
  readonly tokenFile?: string
  /** What the options of the command itself say of the configuration. */
  readonly settings?: Readonly<Record<string, string>>
}

export interface World {
  readonly env: Environment
  readonly cwd: string
  readonly terminal: Terminal
  readonly clock: Clock
  readonly fetch: FetchLike
  readonly stdin: AsyncIterable<Uint8Array | string> | undefined
}

export interface Context {
  readonly terminal: Terminal
  readonly clock: Clock
  readonly fetch: FetchLike
  readonly env: Environment
  readonly files: InputFiles
  resolve(path: string): string
  /** The file that would be read: `--config`, BAILIWICK_CONFIG, else ./bailiwick.yaml. */
  configFile(): string
  /** Somebody named it; it is not only the default. */
  readonly configNamed: boolean
  settings(): Readonly<Record<string, string>>
  loadConfig(): BailiwickConfig
  /** Where a plane listens. `--url` stands for every plane. */
  urlOf(plane: PlaneName): string
  /** Our issuer: the audience of client assertions. From the configuration where there is one, else the origin of the agents' plane. */
  issuer(): string
  /** A plane, without a credential. */
  plane(name: PlaneName, headers?: Readonly<Record<string, string>>, url?: string): Endpoint
  /** Control, with the operator's token. */
  control(url?: string): Endpoint
}

export function createContext(options: GlobalOptions, world: World): Context {
  const { env, cwd, terminal } = world
  const configNamed = options.config !== undefined || env['BAILIWICK_CONFIG'] !== undefined
  const configFile = (): string => resolve(cwd, options.config ?? env['BAILIWICK_CONFIG'] ?? 'bailiwick.yaml')
  const settings = (): Readonly<Record<string, string>> => ({ ...options.settings, ...parseSettings(options.set ?? []) })
  let loaded: BailiwickConfig | undefined
  const load = (): BailiwickConfig => (loaded ??= loadOrThrow(configFile(), env, settings()))
  const given = options.url ?? env['BAILIWICK_URL']
  const urlOf = (plane: PlaneName): string => given ?? listenUrl(load(), plane)
  const plane: Context['plane'] = (name, headers = {}, url) => createEndpoint({ url: url ?? urlOf(name), fetch: world.fetch, headers })
  return {
    terminal,
    clock: world.clock,
    fetch: world.fetch,
    env,
    files: createInputFiles((path) => resolve(cwd, path), world.stdin),
    resolve: (path) => resolve(cwd, path),
    configFile,
    configNamed,
    settings,
    loadConfig: load,
    urlOf,
    issuer: () => (configNamed || given === undefined || existsSync(configFile()) ? load().issuer : (URL.parse(given)?.origin ?? given)),
    plane,
    // The URL and the token may both be given; only what is missing is looked up in the configuration.
    control: (url) => {
      const file = options.tokenFile ?? env['BAILIWICK_OPERATOR_TOKEN_FILE']
      // Who says where Bailiwick is has no need of its configuration, only of a token.
      if (file === undefined && given !== undefined && !configNamed && !existsSync(configFile()))
        throw new CliError(
          EXIT.usage,
          `whose token? Name the operator's with --token-file <file> (or BAILIWICK_OPERATOR_TOKEN_FILE): there is no configuration at ${configFile()} that tells where it lies`,
        )
      const token = readOperatorToken(file === undefined ? join(load().dataDirectory, 'operator.token') : resolve(cwd, file))
      return plane('operators', { authorization: `Bearer ${token}` }, url)
    },
  }
}

function loadOrThrow(file: string, env: Environment, overrides: Readonly<Record<string, string>>): BailiwickConfig {
  if (!existsSync(file)) throw new CliError(EXIT.usage, `there is no configuration at ${file}; name one with --config <file> (or BAILIWICK_CONFIG)`)
  const result = loadConfig({ file, env, overrides })
  if (result.ok) return result.config
  const { problems } = result
  throw new CliError(
    EXIT.failure,
    `the configuration is not valid (${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}):\n${formatProblems(problems)}`,
  )
}

function readOperatorToken(file: string): string {
  if (!existsSync(file)) {
    throw new CliError(EXIT.usage, `there is no operator token at ${file}; it is made at the first start, or name one with --token-file`)
  }
  const read = readSecretFile(file)
  if (!read.ok)
    throw new CliError(
      EXIT.usage,
      `the operator token file ${file} must be ${read.expected}. The first start makes one; bailiwick operator rotate <name> makes a new one`,
    )
  return read.value
}

function listenUrl({ listen }: BailiwickConfig, plane: PlaneName): string {
  const url = planeUrl(listen, plane)
  if (url === undefined) throw new CliError(EXIT.usage, `this node does not serve ${plane}: name the one that does with --url`)
  return url
}

function parseSettings(texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      const equals = text.indexOf('=')
      if (equals < 1) throw new CliError(EXIT.usage, '--set needs setting=value, such as --set log.level=debug')
      return [text.slice(0, equals), text.slice(equals + 1)]
    }),
  )
}

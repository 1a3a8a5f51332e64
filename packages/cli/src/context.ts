// What a command works with: the parsed global options, the environment, the terminal, and the way to the configuration and to control.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { formatProblems, loadConfig, readSecretFile } from '@bailiwick/config'
import type { BailiwickConfig } from '@bailiwick/config'
import { createControlClient } from './control-client.ts'
import type { ControlClient } from './control-client.ts'
import { CliError, EXIT } from './exit-code.ts'
import type { Terminal } from './terminal.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface GlobalOptions {
  readonly json?: boolean
  readonly config?: string
  readonly set?: readonly string[]
  readonly url?: string
  readonly tokenFile?: string
}

export interface Context {
  readonly terminal: Terminal
  readonly env: Environment
  /** The file that would be read: `--config`, BAILIWICK_CONFIG, else ./bailiwick.yaml. */
  configFile(): string
  loadConfig(): BailiwickConfig
  control(): ControlClient
}

export function createContext(options: GlobalOptions, env: Environment, cwd: string, terminal: Terminal): Context {
  const configFile = (): string => resolve(cwd, options.config ?? env['BAILIWICK_CONFIG'] ?? 'bailiwick.yaml')
  const load = (): BailiwickConfig => {
    const result = loadConfig({ file: configFile(), env, overrides: parseSettings(options.set ?? []) })
    if (result.ok) return result.config
    throw new CliError(
      EXIT.failure,
      `the configuration is not valid (${result.problems.length} ${result.problems.length === 1 ? 'problem' : 'problems'}):\n${formatProblems(result.problems)}`,
    )
  }
  // The URL and the token may both be given; only what is missing is looked up in the configuration.
  const control = (): ControlClient => {
    const givenUrl = options.url ?? env['BAILIWICK_URL']
    const givenFile = options.tokenFile ?? env['BAILIWICK_OPERATOR_TOKEN_FILE']
    const config = givenUrl === undefined || givenFile === undefined ? load() : undefined
    const url = givenUrl ?? (config === undefined ? '' : operatorsUrl(config))
    const file = givenFile === undefined ? join(config?.dataDirectory ?? '', 'operator.token') : resolve(cwd, givenFile)
    return createControlClient({ url, token: readToken(file) })
  }
  return { terminal, env, configFile, loadConfig: load, control }
}

function readToken(file: string): string {
  if (!existsSync(file)) {
    throw new CliError(EXIT.usage, `there is no operator token at ${file}; it is made at the first start, or name one with --token-file`)
  }
  const read = readSecretFile(file)
  if (!read.ok) throw new CliError(EXIT.usage, `the operator token file ${file} must be ${read.expected}`)
  return read.value
}

function operatorsUrl(config: BailiwickConfig): string {
  const { host, port } = 'shared' in config.listen ? config.listen.shared : config.listen.operators
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
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

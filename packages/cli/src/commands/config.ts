// `bailiwick config`: check the file, show what it means, print its schema.
import { configJsonSchema, formatProblems, loadConfig, redactConfig } from '@bailiwick/config'
import type { ConfigProblem } from '@bailiwick/config'
import { existsSync } from 'node:fs'
import type { Context } from '../context.ts'
import { CliError, EXIT } from '../exit-code.ts'

export function validateConfig(context: Context): void {
  const { terminal } = context
  const file = context.configFile()
  const result = existsSync(file) ? loadConfig({ file, env: context.env, overrides: context.settings() }) : undefined
  if (result === undefined || !result.ok) {
    if (terminal.json && result !== undefined) {
      terminal.value({ file, valid: false, problems: result.problems.map(problemJson) })
      throw new CliError(EXIT.failure, 'the configuration is not valid', { silent: true })
    }
    if (result !== undefined)
      throw new CliError(EXIT.failure, `the configuration is not valid (${count(result.problems.length, 'problem')}):\n${formatProblems(result.problems)}`)
  }
  const config = result === undefined ? context.loadConfig() : result.config
  const counts = { clients: config.clients.size, resources: config.resources.size, profiles: config.profiles.length, gateways: config.gateways.length }
  if (terminal.json) terminal.value({ file: config.file, valid: true, development: config.development, ...counts, problems: [] })
  else {
    terminal.data(
      `${terminal.good('valid')}  ${config.file}  ${Object.entries(counts)
        .map(([name, many]) => count(many, name.replace(/s$/, '')))
        .join(', ')}`,
    )
  }
  if (config.development)
    terminal.say(terminal.err.warn('development: true: one address may serve every plane and loopback gateways are trusted; not for production'))
}

function count(many: number, noun: string): string {
  return `${many} ${noun}${many === 1 ? '' : 's'}`
}

function problemJson({ source, path, line, column, expected, suggestion }: ConfigProblem): object {
  return { source, path, line, column, expected, suggestion }
}

/** Secrets are never printed, asked for or not. */
export function printConfig(context: Context): void {
  context.terminal.data(JSON.stringify(redactConfig(context.loadConfig()), null, 2))
}

export function printSchema({ terminal }: Context): void {
  terminal.data(JSON.stringify(configJsonSchema(), null, 2))
}

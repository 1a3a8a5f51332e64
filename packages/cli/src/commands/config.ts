// `bailiwick config`: check the file, show what it means, print its schema.
import { configJsonSchema, formatProblems, loadConfig, redactConfig } from '@bailiwick/config'
import type { BailiwickConfig, ConfigProblem, ConfigResult } from '@bailiwick/config'
import { existsSync } from 'node:fs'
import type { Context } from '../context.ts'
import { CliError, EXIT } from '../exit-code.ts'

export async function validateConfig(context: Context): Promise<void> {
  const { terminal } = context
  const file = context.configFile()
  const loaded = existsSync(file) ? loadConfig({ file, env: context.env, overrides: context.settings() }) : undefined
  const result = loaded?.ok === true ? await withTools(loaded.config) : loaded
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

/** Files the configuration names and the service reads at start. */
async function withTools(config: BailiwickConfig): Promise<ConfigResult> {
  if (config.tools.size === 0) return { ok: true, config }
  const { readToolsFile } = await import('@bailiwick/tool-schemas')
  const problems = [...config.tools].flatMap(([resource, { file }]): readonly ConfigProblem[] => {
    const read = readToolsFile(file, resource)
    return read.ok ? [] : read.problems.map((expected) => ({ source: file, path: `tools of ${resource}`, expected }))
  })
  return problems.length === 0 ? { ok: true, config } : { ok: false, problems }
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

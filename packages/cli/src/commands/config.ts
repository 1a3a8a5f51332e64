// `bailiwick config`: check the file, show what it means, print its schema.
import { configJsonSchema, redactConfig } from '@bailiwick/config'
import type { Context } from '../context.ts'

export function validateConfig(context: Context): void {
  const config = context.loadConfig()
  const { terminal } = context
  const counts = { clients: config.clients.size, resources: config.resources.size, profiles: config.profiles.length, gateways: config.gateways.length }
  if (terminal.json) terminal.value({ file: config.file, valid: true, ...counts })
  else
    terminal.data(
      `${config.file}  ${terminal.good('valid')}  ${Object.entries(counts)
        .map(([name, count]) => `${count} ${name}`)
        .join(', ')}`,
    )
  if (config.development) terminal.say('development: true: one address may serve every plane and loopback gateways are trusted; not for production')
}

/** Secrets are never printed, asked for or not. */
export function printConfig(context: Context): void {
  context.terminal.data(JSON.stringify(redactConfig(context.loadConfig()), null, 2))
}

export function printSchema({ terminal }: Context): void {
  terminal.data(JSON.stringify(configJsonSchema(), null, 2))
}

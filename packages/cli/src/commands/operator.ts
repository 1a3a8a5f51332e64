// `bailiwick operator`: tokens of operators, made on the machine that holds the data folder. A running service reads the change at once.
import { systemClock } from '@bailiwick/core'
import { FIRST_OPERATOR, openOperatorRegistry, writeOperatorToken } from '@bailiwick/control'
import type { OperatorRegistry } from '@bailiwick/control'
import { nearest, readSecretFile } from '@bailiwick/config'
import type { BailiwickConfig } from '@bailiwick/config'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Context } from '../context.ts'
import { CliError, EXIT } from '../exit-code.ts'

const tokenFileOf = (config: BailiwickConfig, name: string): string =>
  join(config.dataDirectory, name === FIRST_OPERATOR ? 'operator.token' : `operator-${name}.token`)

export function rotateOperator(context: Context, name: string = FIRST_OPERATOR): void {
  const config = context.loadConfig()
  const registry = openRegistry(config)
  requireKnown(
    name,
    registry.list().map((entry) => entry.name),
  )
  hand(context, config, name, registry.rotate(name), 'the old token no longer works')
}

/** The operator must stand in `control.operators`: its rights come from there. */
export function addOperator(context: Context, name: string): void {
  const config = context.loadConfig()
  const registry = openRegistry(config)
  const listed = config.control.operators.find((operator) => operator.name === name)
  if (listed === undefined) {
    requireKnown(
      name,
      config.control.operators.map((operator) => operator.name),
      'control.operators lists',
    )
    return
  }
  if (registry.list().some((entry) => entry.name === name))
    throw new CliError(EXIT.failure, `there is an operator ${name} already; use: bailiwick operator rotate ${name}`)
  hand(context, config, name, registry.add(name, listed.rights, whoAdds(config, registry)), `rights: ${listed.rights.join(', ')}`)
}

function openRegistry(config: BailiwickConfig): OperatorRegistry {
  if (!existsSync(join(config.dataDirectory, 'operators.json'))) {
    throw new CliError(EXIT.failure, `there are no operators in ${config.dataDirectory} yet; the first is made at the first start`)
  }
  return openOperatorRegistry({ directory: config.dataDirectory, clock: systemClock })
}

/** Whoever's token lies in the data folder answers for the new operator: no hold of theirs can be lifted by somebody they added. */
function whoAdds(config: BailiwickConfig, registry: OperatorRegistry): string {
  const read = readSecretFile(tokenFileOf(config, FIRST_OPERATOR))
  const found = read.ok ? registry.find(read.value) : undefined
  return `operator:${found?.name ?? FIRST_OPERATOR}`
}

function hand(context: Context, config: BailiwickConfig, name: string, token: string, note: string): void {
  const { terminal } = context
  const file = tokenFileOf(config, name)
  writeOperatorToken(file, token)
  if (terminal.json) return terminal.value({ operator: name, token_file: file })
  terminal.data(file)
  if (terminal.interactive) terminal.say(`token (shown once here): ${token}`)
  terminal.say(note)
}

function requireKnown(name: string, known: readonly string[], where = 'there are'): void {
  if (known.includes(name)) return
  const suggestion = nearest(name, known)
  throw new CliError(
    EXIT.usage,
    `there is no operator of that name; ${where} ${known.join(', ')}${suggestion === undefined ? '' : `; did you mean ${suggestion}?`}`,
  )
}

// `bailiwick operator`: operators and their tokens, on the machine that holds their file; a token's plaintext goes to the data folder. A running service reads a change at once.
import { FIRST_OPERATOR, openOperatorRegistry, writeOperatorToken } from '@bailiwick/control'
import type { OperatorRegistry } from '@bailiwick/control'
import { nearest } from '@bailiwick/config'
import type { BailiwickConfig } from '@bailiwick/config'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Context } from '../context.ts'
import { CliError, EXIT } from '../exit-code.ts'
import { table } from '../terminal/layout.ts'
import { absolute, relative } from '../terminal/time.ts'

/**
 * Whom an operator is added by: not another operator, but whoever wrote its name into the configuration and may run commands on this machine. A hold is
 * still not lifted by somebody added after it was set; and who owns the machine needs no operator at all.
 */
const HOST = 'host'

const tokenFileOf = (config: BailiwickConfig, name: string): string =>
  join(config.dataDirectory, name === FIRST_OPERATOR ? 'operator.token' : `operator-${name}.token`)

export function listOperators(context: Context): void {
  const { terminal, clock } = context
  const config = context.loadConfig()
  const entries = openRegistry(context, config).list()
  const listed = config.control.operators.map((operator) => operator.name)
  const items = entries.map((entry) => ({
    name: entry.name,
    rights: entry.rights,
    added_at: new Date(entry.added_at_ms).toISOString(),
    added_by: entry.added_by,
    token_file: existsSync(tokenFileOf(config, entry.name)) ? tokenFileOf(config, entry.name) : null,
  }))
  const without = listed.filter((name) => !entries.some((entry) => entry.name === name))
  if (terminal.json) return terminal.value({ items, without_token: without })
  const now = clock.nowMs()
  const rows = entries.map((entry) => [
    entry.name,
    entry.rights.join(' '),
    `${absolute(entry.added_at_ms)} (${relative(entry.added_at_ms, now)})`,
    entry.added_by,
  ])
  terminal.data(
    table([{ head: 'OPERATOR' }, { head: 'RIGHTS', min: 12 }, { head: 'SINCE' }, { head: 'ADDED BY', min: 10, drop: 1 }], rows, terminal.columns, terminal),
  )
  for (const name of without) terminal.say(`${name} is in control.operators and has no token yet: bailiwick operator add ${name}`)
  if (entries.length === 1) terminal.say('one operator only: nobody else can lift a hold of theirs, except offline on the stopped service')
}

export function rotateOperator(context: Context, name: string = FIRST_OPERATOR): void {
  const config = context.loadConfig()
  const registry = openRegistry(context, config)
  requireKnown(
    name,
    registry.list().map((entry) => entry.name),
  )
  hand(context, config, name, registry.rotate(name), 'the old token no longer works')
}

/** The operator must stand in `control.operators`: its rights come from there. */
export function addOperator(context: Context, name: string): void {
  const config = context.loadConfig()
  const registry = openRegistry(context, config)
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
  hand(context, config, name, registry.add(name, listed.rights, HOST), `rights: ${listed.rights.join(', ')}`)
}

function openRegistry({ clock }: Context, config: BailiwickConfig): OperatorRegistry {
  const { operatorsDirectory: directory } = config.control
  if (!existsSync(join(directory, 'operators.json'))) {
    throw new CliError(EXIT.failure, `there are no operators in ${directory} yet; the first is made at the first start`)
  }
  return openOperatorRegistry({ directory, clock })
}

function hand(context: Context, config: BailiwickConfig, name: string, token: string, note: string): void {
  const { terminal } = context
  const file = tokenFileOf(config, name)
  writeOperatorToken(file, token)
  if (terminal.json) return terminal.value({ operator: name, token_file: file })
  terminal.data(file)
  if (terminal.interactive) terminal.secret(`token (shown once here): ${token}`)
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

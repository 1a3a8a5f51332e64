// `bailiwick doctor`: every check of this build, one after the other, and what leaving things so would cost. Changes nothing.
import { existsSync } from 'node:fs'
import { formatProblem, loadConfig } from '@bailiwick/config'
import type { BailiwickConfig } from '@bailiwick/config'
import { nowSeconds } from '@bailiwick/core'
import type { Context } from '../context.ts'
import { adviseGateways } from '../doctor/advise-gateways.ts'
import { checkGatewayFiles } from '../doctor/check-gateway-files.ts'
import { checkConfiguration } from '../doctor/check-configuration.ts'
import { checkDataFolder } from '../doctor/check-data-folder.ts'
import { checkIssuers } from '../doctor/check-issuers.ts'
import { checkKeys } from '../doctor/check-keys.ts'
import { checkPolicy } from '../doctor/check-policy.ts'
import { checkService } from '../doctor/check-service.ts'
import { checkAudit, checkStore } from '../doctor/check-store.ts'
import { checkTools } from '../doctor/check-tools.ts'
import { AREAS, codeOf, recordInto, STATUSES } from '../doctor/finding.ts'
import type { Area, Finding, Recorder, Status } from '../doctor/finding.ts'
import { CliError, EXIT } from '../exit-code.ts'
import { probeGateway } from '../doctor/probe-gateway.ts'
import type { DoctorOptions } from '../program/house-commands.ts'
import { clean } from '../terminal/clean.ts'
import { fields, wrap } from '../terminal/layout.ts'
import type { Terminal } from '../terminal/terminal.ts'

const NO_CONFIGURATION = 'not checked: there is no configuration to check it by'
const NOT_CHECKED = 'whatever is wrong there shows when the service starts, or when it denies'

export async function doctor(context: Context, options: DoctorOptions): Promise<void> {
  const { terminal } = context
  const findings = await findingsFor(context, options)
  const counts = countOf(findings)
  const failed = counts.refuse > 0 || (counts.unknown > 0 && options.allowUnknown !== true) || (counts.warn > 0 && options.strict === true)
  if (terminal.json) terminal.value({ ok: !failed, counts, findings })
  else tell(terminal, findings, counts, failed)
  if (failed) throw new CliError(EXIT.failure, 'not fit', { silent: true })
}

async function findingsFor(context: Context, options: DoctorOptions): Promise<readonly Finding[]> {
  if (options.probe !== undefined) return await probeGateway(context, options.probe, options)
  return options.gateway === undefined ? await examine(context) : checkGatewayFiles(context, options.gateway)
}

function countOf(findings: readonly Finding[]): Readonly<Record<Status, number>> {
  const counts = { refuse: 0, unknown: 0, warn: 0, advice: 0, ok: 0 }
  for (const { status } of findings) counts[status] += 1
  return counts
}

async function examine(context: Context): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  const config = readConfiguration(context, recordInto(findings, 'configuration'))
  if (config === undefined) {
    for (const area of AREAS.filter((each) => each !== 'configuration'))
      recordInto(findings, area).unknown(area.replace(' ', '_'), NO_CONFIGURATION, { costs: NOT_CHECKED })
    return findings
  }
  const { clock, fetch } = context
  let mayOpen = false
  const part = async (area: Area, check: (found: Recorder) => void | Promise<void>): Promise<void> => {
    const done = context.terminal.progress(`checking ${area}`)
    const found = recordInto(findings, area)
    try {
      await check(found)
    } catch (error) {
      found.unknown(area.replace(' ', '_'), `could not be checked (${codeOf(error)})`, { costs: NOT_CHECKED })
    } finally {
      done()
    }
  }
  const unopened = (found: Recorder, check: string): void => found.unknown(check, 'not opened', { costs: NOT_CHECKED })
  const folderThere = existsSync(config.dataDirectory)
  await part('configuration', (found) => checkConfiguration(config, found))
  await part('data folder', (found) => {
    mayOpen = checkDataFolder(config, found)
  })
  await part('store', async (found) =>
    mayOpen || !folderThere || config.store.kind === 'redis' ? await checkStore(config, clock, found) : unopened(found, 'store'),
  )
  await part('audit', async (found) => (mayOpen || !folderThere ? await checkAudit(config, found) : unopened(found, 'audit')))
  await part('keys', (found) => checkKeys(config, nowSeconds(clock), found))
  await part('policy', (found) => checkPolicy(config, found))
  await part('tools', (found) => checkTools(config, found))
  await part('issuers', (found) => checkIssuers(config, { fetch, clock }, found))
  await part('service', (found) => checkService(config, fetch, found))
  await part('gateways', (found) => adviseGateways(config, found))
  return findings
}

function readConfiguration(context: Context, found: Recorder): BailiwickConfig | undefined {
  const file = context.configFile()
  const refuse = (says: string, mend: string): void => found.refuse('config.valid', says, { costs: 'the service does not start', mend })
  if (!existsSync(file)) refuse(`there is no configuration at ${file}`, 'name one with --config <file> (or BAILIWICK_CONFIG)')
  else {
    const result = loadConfig({ file, env: context.env, overrides: context.settings() })
    if (result.ok) return result.config
    for (const problem of result.problems) refuse(formatProblem(problem), 'bailiwick config validate')
  }
  return undefined
}

function tell(terminal: Terminal, findings: readonly Finding[], counts: Readonly<Record<Status, number>>, failed: boolean): void {
  const paint: Readonly<Record<Status, (text: string) => string>> = {
    ok: terminal.good,
    warn: terminal.warn,
    refuse: terminal.bad,
    unknown: terminal.bad,
    advice: terminal.dim,
  }
  const heading = (area: Area): string => `${area[0]?.toUpperCase() ?? ''}${area.slice(1)}`
  const show = (title: string, here: readonly Finding[]): void => {
    if (here.length === 0) return
    terminal.data(terminal.strong(title))
    for (const { status, says, costs, mend } of here) terminal.data(line(terminal, paint[status](status.padEnd(8)), says, costs, mend))
    terminal.data('')
  }
  // Said once for all of them.
  const unread = findings.filter(({ says }) => says === NO_CONFIGURATION)
  for (const area of AREAS)
    show(
      heading(area),
      findings.filter((finding) => finding.area === area && !unread.includes(finding)),
    )
  show(unread.map(({ area }) => heading(area)).join(', '), unread.slice(0, 1))
  const summary = STATUSES.filter((status) => counts[status] > 0).map((status) => paint[status](`${counts[status]} ${status}`))
  terminal.data(`${failed ? terminal.bad('not fit to run') : terminal.good('fit to run')}: ${summary.join(', ')}`)
  if (counts.unknown > 0) terminal.say(terminal.err.warn('unknown is not a pass'))
}

const INDENT = 12

function line(terminal: Terminal, status: string, says: string, costs: string | undefined, mend: string | undefined): string {
  const room = Math.min(terminal.columns ?? 110, 110) - INDENT
  const [first = '', ...rest] = wrap(clean(says), room)
  const more = fields(
    [
      ['costs', costs === undefined ? undefined : clean(costs)],
      ['mend', mend === undefined ? undefined : clean(mend)],
    ],
    { width: terminal.columns, palette: terminal, indent: INDENT },
  )
  return [`  ${status}  ${first}`, ...rest.map((text) => `${' '.repeat(INDENT)}${text}`), ...(more === '' ? [] : [more])].join('\n')
}

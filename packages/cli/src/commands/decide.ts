// `bailiwick decide`: one question put to `/v1/decide` as a gateway would, and the answer explained from the audit. It is a real decision, recorded as one.
import { existsSync } from 'node:fs'
import { readSecretFile } from '@bailiwick/config'
import type { JsonObject } from '@bailiwick/core'
import { isJsonObject, parseStrictJson } from '@bailiwick/json'
import type { Context } from '../context.ts'
import { warn } from '../credentials/caller.ts'
import { readTokenText } from '../credentials/token-input.ts'
import { agentSees } from '../decisions/agent-sees.ts'
import { describeRecords, paintEffect } from '../decisions/describe-records.ts'
import { CliError, EXIT } from '../exit-code.ts'
import { facts, itemsOf, objectAt, pick, textAt } from '../http/json.ts'
import type { DecideOptions } from '../program/audit-commands.ts'
import { fields, wrap } from '../terminal/layout.ts'

export async function decide(context: Context, file: string, options: DecideOptions): Promise<void> {
  const { terminal } = context
  const question = await readQuestion(context, file, options)
  const { body: verdict } = await ask(context, question, options)
  const denied = verdict['effect'] !== 'allow'
  const records = options.explain ? await readRecords(context, textAt(verdict, 'decision_id'), options) : undefined
  if (terminal.json) terminal.value({ verdict, records: records ?? null })
  else tell(context, question, verdict, records)
  if (denied) throw new CliError(EXIT.denied, 'denied', { silent: true })
}

async function readQuestion(context: Context, file: string, options: DecideOptions): Promise<JsonObject> {
  const { text } = await context.files.read(file, 'the question')
  const parsed = parseStrictJson(Buffer.from(text, 'utf8'), { maxBytes: 32 * 1024 * 1024, maxDepth: 66 })
  if (!parsed.ok)
    throw new CliError(
      EXIT.usage,
      `the question is not JSON that one reader and another would read alike: ${parsed.problem.class} at byte ${parsed.problem.offset}`,
    )
  if (!isJsonObject(parsed.value))
    throw new CliError(EXIT.usage, 'the question must be an object: {"resource": ..., "http": {...}} or {"resource": ..., "mcp": {...}}')
  const { runtimeTokenFile: path } = options
  if (path === undefined) return parsed.value
  if (parsed.value['token'] !== undefined) throw new CliError(EXIT.usage, 'the question has a token already: leave it out, or --runtime-token-file')
  const token = await readTokenText(context.files, path, 'the runtime token', (said) => warn(context, said))
  return { ...parsed.value, token }
}

async function ask(context: Context, question: JsonObject, { gatewayKeyFile }: DecideOptions): Promise<{ readonly body: JsonObject }> {
  const headers = gatewayKeyFile === undefined ? {} : { 'x-bailiwick-gateway-key': readGatewayKey(context, gatewayKeyFile) }
  try {
    return await context.plane('gateways', headers).post('/v1/decide', question)
  } catch (error) {
    if (!(error instanceof CliError) || error.refusal?.reason !== 'gateway_unauthenticated') throw error
    const hint =
      gatewayKeyFile === undefined
        ? 'without --gateway-key-file the configuration needs a gateway with doors: [v1], resource_from: request, authentication: loopback (development only)'
        : 'the key must be one in secret_files of a gateway whose doors include v1'
    warn(context, hint)
    throw error
  }
}

function readGatewayKey(context: Context, path: string): string {
  const read = readSecretFile(context.resolve(path))
  if (!read.ok) throw new CliError(EXIT.usage, `the gateway key ${path} must be ${read.expected}`)
  return read.value
}

/** An explanation that cannot be had takes nothing from the verdict. */
async function readRecords(context: Context, id: string | undefined, { controlUrl }: DecideOptions): Promise<readonly JsonObject[] | undefined> {
  if (id === undefined) return undefined
  try {
    return itemsOf((await context.control(controlUrl).get(`/v1/decisions/${encodeURIComponent(id)}`)).body)
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    warn(context, `not explained: ${error.message}`)
    return undefined
  }
}

function tell(context: Context, question: JsonObject, verdict: JsonObject, records: readonly JsonObject[] | undefined): void {
  const { terminal, clock } = context
  const reply = objectAt(verdict, 'reply')
  const ownerOf = ownersOf(context)
  if (records === undefined) {
    terminal.data(
      fields(
        [
          [
            'verdict',
            `${paintEffect(terminal, pick(verdict, 'effect'))}${verdict['shadow'] === true ? terminal.warn('  in shadow mode: enforcing would have denied') : ''}`,
          ],
          ['reason', textAt(verdict, 'reason')],
          ['why', textAt(verdict, 'message')],
          ['remediation', facts(objectAt(verdict, 'remediation'))],
          ['decision', textAt(verdict, 'decision_id')],
          ['task', textAt(verdict, 'task', 'id')],
          ['resource', textAt(question, 'resource')],
        ],
        { width: terminal.columns, palette: terminal },
      ),
    )
  } else terminal.data(describeRecords(records, { terminal, nowMs: clock.nowMs(), ...(ownerOf === undefined ? {} : { ownerOf }) }))
  if (reply === undefined) return
  const [form = '', ...lines] = agentSees(reply)
  terminal.data(`\n${terminal.strong('The agent sees')}  ${terminal.dim(form)}`)
  const room = Math.min(terminal.columns ?? 110, 110) - 2
  terminal.data(
    lines
      .flatMap((line) => wrap(line, room))
      .map((line) => `  ${line}`)
      .join('\n'),
  )
}

/** Which source owns which profile attribute: in the configuration, where there is one. */
export function ownersOf(context: Context): ReadonlyMap<string, string> | undefined {
  if (!context.configNamed && !existsSync(context.configFile())) return undefined
  try {
    return new Map(context.loadConfig().profiles.flatMap((source) => Object.keys(source.attributes).map((name) => [name, source.name] as const)))
  } catch {
    return undefined
  }
}

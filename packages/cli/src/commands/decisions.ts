// `bailiwick decisions`: what was decided, about whom, and why.
import type { JsonObject } from '@bailiwick/core'
import type { Context } from '../context.ts'
import { describeRecords, paintEffect } from '../decisions/describe-records.ts'
import { CliError, EXIT } from '../exit-code.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { itemsOf, parseObject, pick, textAt, textsOf } from '../http/json.ts'
import type { TailOptions } from '../program/audit-commands.ts'
import { shorten } from '../terminal/layout.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { absolute, parseTime } from '../terminal/time.ts'
import { ownersOf } from './decide.ts'

export async function tailDecisions(context: Context, options: TailOptions): Promise<void> {
  const { terminal } = context
  const control = context.control()
  const { kind, effect, reason, sub, resource, task } = options
  const print = createPrinter(terminal)
  const first = await newest(control, options, { kind, effect, reason, sub, resource, task_id: task })
  for (const record of first) print(record)
  if (options.follow !== true) {
    if (first.length === 0) terminal.say('no records')
    return
  }
  const stop = new AbortController()
  for await (const { event, data } of control.stream('/v1/decisions/stream', stop.signal)) {
    if (event === 'missed') {
      terminal.say(terminal.err.warn(`${data} records were not shown: this terminal was too slow; they are in the audit`))
      continue
    }
    const record = parseObject(data)
    if (record !== undefined && isWanted(record, options)) print(record)
  }
  // Nobody ends a stream on purpose but us: the server stopped.
  throw new CliError(EXIT.unreachable, 'the stream ended: the service stopped, or the connection broke')
}

const INDENT = ' '.repeat(10)
const MIN_WHO = 12
const PAGE = 200
const MAX_PAGES = 20

/** Oldest first. Pages on past what is left out, so that as many lines come as were asked for. */
async function newest(control: Endpoint, options: TailOptions, filter: Readonly<Record<string, string | undefined>>): Promise<readonly JsonObject[]> {
  const found: JsonObject[] = []
  let cursor: string | undefined
  for (let page = 0; page < MAX_PAGES && found.length < options.lines; page++) {
    const limit = Math.min(PAGE, page === 0 ? options.lines : PAGE)
    const { body } = await control.get('/v1/decisions', { ...filter, limit: limit.toString(), cursor })
    found.push(...itemsOf(body).filter((record) => isShown(record, options)))
    cursor = textAt(body, 'next_cursor')
    if (cursor === undefined || itemsOf(body).length < limit) break
  }
  return found.slice(0, options.lines).toReversed()
}

/** Looking at the audit is audited: a tail would show mostly itself. */
function isShown(record: JsonObject, { all, kind }: TailOptions): boolean {
  return all === true || kind !== undefined || record['kind'] !== 'audit_read'
}

function isWanted(record: JsonObject, options: TailOptions): boolean {
  const { kind, effect, reason, sub, resource, task } = options
  const fits = (wanted: string | undefined, ...path: readonly string[]): boolean => wanted === undefined || textAt(record, ...path) === wanted
  return (
    isShown(record, options) &&
    fits(kind, 'kind') &&
    fits(effect, 'effect') &&
    fits(reason, 'reason') &&
    fits(sub, 'subject', 'sub') &&
    fits(resource, 'resource') &&
    fits(task, 'task', 'id')
  )
}

async function lastDenied(control: Endpoint): Promise<string> {
  const { body } = await control.get('/v1/decisions', { kind: 'decision', effect: 'deny', limit: '1' })
  const [record] = itemsOf(body)
  const id = record === undefined ? undefined : textAt(record, 'decision_id')
  if (id === undefined) throw new CliError(EXIT.failure, 'no call has been denied yet')
  return id
}

/** Instead of an id: the newest call a gateway was told to refuse, which is the one people ask about. */
const LAST_DENIED = 'last-denied'

export async function showDecision(context: Context, asked: string): Promise<void> {
  const { terminal, clock } = context
  const control = context.control()
  const id = asked === LAST_DENIED ? await lastDenied(control) : asked
  const { body } = await control.get(`/v1/decisions/${encodeURIComponent(id)}`)
  if (terminal.json) return terminal.value(body)
  const ownerOf = ownersOf(context)
  terminal.data(describeRecords(itemsOf(body), { terminal, nowMs: clock.nowMs(), ...(ownerOf === undefined ? {} : { ownerOf }) }))
}

/** Two lines a record for a person, so that ids stay whole at 80 columns; one line for a program. */
function createPrinter(terminal: Terminal): (record: JsonObject) => void {
  let day = ''
  return (record) => {
    if (terminal.json) return terminal.data(JSON.stringify(record))
    const ms = parseTime(record['time'])
    const time = ms === undefined ? '-' : absolute(ms)
    const what = [pick(record, 'resource'), textAt(record, 'action', 'method'), textAt(record, 'action', 'name')]
      .filter((part) => part !== undefined && part !== '-')
      .join(' ')
    const who = whoOf(record)
    const effect = pick(record, 'effect')
    const reason = textAt(record, 'reason')
    if (terminal.columns === undefined) {
      terminal.data([time, effect.padEnd(12), pick(record, 'kind').padEnd(10), what || '-', who, reason ?? '-', pick(record, 'decision_id')].join('  '))
      return
    }
    if (time.slice(0, 10) !== day) {
      day = time.slice(0, 10)
      terminal.data(terminal.dim(`${day} (UTC)`))
    }
    terminal.data(
      `${time.slice(11, 19)}  ${paintEffect(terminal, effect.padEnd(5))}  ${what === '' ? pick(record, 'kind') : what}${reason === undefined ? '' : `  ${terminal.bad(reason)}`}`,
    )
    const id = pick(record, 'decision_id')
    terminal.data(terminal.dim(`${INDENT}${id}  ${shorten(who, Math.max(MIN_WHO, terminal.columns - INDENT.length - id.length - 2))}`))
  }
}

function whoOf(record: JsonObject): string {
  const sub = pick(record, 'subject', 'sub')
  const [actor] = textsOf(record, 'actor', 'chain')
  return actor === undefined || actor === sub ? sub : `${sub} by ${actor}`
}

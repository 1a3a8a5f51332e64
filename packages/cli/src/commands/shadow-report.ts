// `bailiwick decisions report --shadow`: what enforcing would have stopped, counted by resource, call, reason and agent. Reads the audit, and
// changes nothing.
import type { JsonObject } from '@bailiwick/core'
import type { Context } from '../context.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { itemsOf, pick, textAt, textsOf } from '../http/json.ts'
import type { ReportOptions } from '../program/audit-commands.ts'
import { table } from '../terminal/layout.ts'
import { absolute, parseTime } from '../terminal/time.ts'

interface Group {
  readonly resource: string
  /** `tools/call refund_issue`, `completion gpt-4o`. */
  readonly call: string
  readonly reason: string
  readonly agent: string
  count: number
  /** Of the newest record. */
  readonly lastTime: string
  readonly lastDecision: string
}

const PAGE = 200

export async function reportShadow(context: Context, { resource, records: most }: ReportOptions): Promise<void> {
  const { terminal } = context
  const { records, isComplete } = await readShadow(context.control(), resource, most)
  const groups = groupRecords(records)
  if (terminal.json) {
    const said = groups.map(({ lastTime, lastDecision, ...group }) => ({ ...group, last_time: lastTime, last_decision_id: lastDecision }))
    return terminal.value({ records: records.length, complete: isComplete, groups: said })
  }
  if (groups.length === 0) {
    terminal.say('nothing: no resource in shadow mode let a call pass that enforcing would have stopped')
    return
  }
  const rows = groups.map((group) => [
    group.count.toString(),
    group.resource,
    group.call,
    group.reason,
    group.agent,
    timeOf(group.lastTime),
    group.lastDecision,
  ])
  terminal.data(table(COLUMNS, rows, terminal.columns, terminal))
  terminal.say(
    `${records.length} calls passed in shadow mode that enforcing would have stopped${isComplete ? '' : `; only the newest ${records.length} records were read`}`,
  )
}

const COLUMNS = [
  { head: 'CALLS' },
  { head: 'RESOURCE' },
  { head: 'CALL', min: 16 },
  { head: 'REASON' },
  { head: 'AGENT', min: 12 },
  { head: 'LAST', drop: 2 },
  { head: 'DECISION', drop: 1 },
]

interface Read {
  readonly records: readonly JsonObject[]
  readonly isComplete: boolean
}

/** Newest first. A call that was let pass and then denied under the same id did not pass: its task was revoked, or it took too long. It is not counted. */
async function readShadow(control: Endpoint, resource: string | undefined, most: number): Promise<Read> {
  const records: JsonObject[] = []
  let cursor: string | undefined
  do {
    const limit = Math.min(PAGE, most - records.length).toString()
    const { body } = await control.get('/v1/decisions', { kind: 'decision', effect: 'shadow_allow', final: 'true', resource, limit, cursor })
    records.push(...itemsOf(body))
    cursor = textAt(body, 'next_cursor')
  } while (cursor !== undefined && records.length < most)
  return { records, isComplete: cursor === undefined }
}

/** The most frequent first. */
function groupRecords(records: readonly JsonObject[]): readonly Group[] {
  const groups = new Map<string, Group>()
  for (const record of records) {
    const resource = pick(record, 'resource')
    const call = [textAt(record, 'action', 'method'), textAt(record, 'action', 'name')].filter((part) => part !== undefined).join(' ') || '-'
    const reason = pick(record, 'reason')
    const agent = textsOf(record, 'actor', 'chain')[0] ?? pick(record, 'client_id')
    const key = JSON.stringify([resource, call, reason, agent])
    const known = groups.get(key)
    if (known === undefined)
      groups.set(key, { count: 1, resource, call, reason, agent, lastTime: pick(record, 'time'), lastDecision: pick(record, 'decision_id') })
    else known.count += 1
  }
  return [...groups.values()].toSorted((a, b) => b.count - a.count)
}

function timeOf(text: string): string {
  const ms = parseTime(text)
  return ms === undefined ? text : absolute(ms)
}

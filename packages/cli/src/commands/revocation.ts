// `bailiwick revocation` and `bailiwick hold lift`: what was revoked, whether it is confirmed, which holds are in force, and lifting one.
import type { JsonObject } from '@bailiwick/core'
import type { Context } from '../context.ts'
import { CliError, EXIT } from '../exit-code.ts'
import { isObject, itemsOf, listOf, pick, textAt } from '../http/json.ts'
import type { RevocationListOptions, RevocationShowOptions } from '../program/stop-commands.ts'
import { fields, table } from '../terminal/layout.ts'
import { both, parseTime, relative } from '../terminal/time.ts'
import { durabilityOf, isConfirmed, requireConfirmed } from './confirmed.ts'
import { waitUntilConfirmed } from './wait-until-confirmed.ts'

export async function listRevocations(context: Context, options: RevocationListOptions): Promise<void> {
  const { terminal, clock } = context
  const { body } = await context.control().get('/v1/revocations', { limit: options.limit?.toString(), cursor: options.cursor })
  const items = itemsOf(body).filter((item) => options.holds !== true || isHolding(item))
  if (terminal.json) return terminal.value({ ...body, items })
  const now = clock.nowMs()
  const rows = items.map((item) => [
    pick(item, 'id'),
    `${pick(item, 'scope', 'kind')} ${pick(item, 'scope', 'id')}`,
    holdOf(item),
    pick(item, 'set_by'),
    relative(parseTime(item['set_at']) ?? now, now),
    pick(item, 'reason'),
  ])
  const columns = [
    { head: 'REVOCATION' },
    { head: 'SCOPE', min: 24 },
    { head: 'HOLD', paint: (cell: string) => (cell.trim() === 'holding' ? terminal.bad(cell) : terminal.dim(cell)) },
    { head: 'BY', min: 16, drop: 2 },
    { head: 'SET', drop: 1 },
    { head: 'REASON', min: 20, drop: 3 },
  ]
  if (rows.length === 0) terminal.say(options.holds === true ? 'no hold on this page is in force' : 'no revocations')
  else terminal.data(table(columns, rows, terminal.columns, terminal))
  if (textAt(body, 'next_cursor') !== undefined) terminal.say(`more: --cursor ${pick(body, 'next_cursor')}`)
}

export async function showRevocation(context: Context, id: string, options: RevocationShowOptions): Promise<void> {
  const { terminal } = context
  const control = context.control()
  const answer =
    options.wait === true ? await waitUntilConfirmed(context, control, id, options.timeout) : await control.get(`/v1/revocations/${encodeURIComponent(id)}`)
  if (terminal.json) terminal.value(answer.body)
  else terminal.data(describe(context, answer.body))
  if (!isConfirmed(answer)) throw new CliError(EXIT.failure, 'NOT CONFIRMED: a failover could lose it', { silent: true })
}

function describe({ terminal, clock }: Context, body: JsonObject): string {
  const now = clock.nowMs()
  const time = (name: string): string => both(parseTime(body[name]) ?? now, now)
  const lifted = textAt(body, 'lifted_by')
  const confirmed = body['status'] === 'confirmed'
  return fields(
    [
      ['revocation', terminal.strong(pick(body, 'id'))],
      ['scope', `${pick(body, 'scope', 'kind')} ${pick(body, 'scope', 'id')}`],
      [
        'status',
        confirmed
          ? `${terminal.good('confirmed')}, durability ${durabilityOf(body)}`
          : terminal.bad(`NOT CONFIRMED: a failover could lose it${missingOf(body)}`),
      ],
      ['reason', pick(body, 'reason')],
      ['hold', holdOf(body)],
      [
        'ended',
        textAt(body, 'affected', 'tasks') === undefined
          ? undefined
          : `${pick(body, 'affected', 'tasks')} live ${pick(body, 'affected', 'tasks') === '1' ? 'task' : 'tasks'}, when it was set`,
      ],
      ['read by', nodesOf(body)],
      ['set', `${time('set_at')} by ${pick(body, 'set_by')}`],
      ['lifted', lifted === undefined ? undefined : `${time('lifted_at')} by ${lifted}`],
    ],
    { width: terminal.columns, palette: terminal },
  )
}

/** Where the store answered, and too few replicas had it. */
function missingOf(body: JsonObject): string {
  return textAt(body, 'durability') === undefined ? '' : `; durability ${durabilityOf(body)}`
}

/** Evidence of who has read it; nothing where control lists nobody. */
function nodesOf(body: JsonObject): string | undefined {
  const nodes = listOf(body, 'nodes').filter(isObject)
  if (nodes.length === 0) return undefined
  const missing = nodes.filter((node) => node['confirmed'] !== true).map((node) => pick(node, 'id'))
  return `${nodes.length - missing.length} of ${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'}${missing.length === 0 ? '' : `; not seen: ${missing.join(', ')}`}`
}

function isHolding(item: JsonObject): boolean {
  return item['hold'] === true && item['lifted_by'] === undefined
}

function holdOf(item: JsonObject): string {
  if (item['hold'] !== true) return '-'
  return isHolding(item) ? 'holding' : 'lifted'
}

export async function liftHold(context: Context, id: string): Promise<void> {
  const { terminal } = context
  const answer = await context.control().post(`/v1/revocations/${encodeURIComponent(id)}/lift`, {})
  if (terminal.json) terminal.value(answer.body)
  requireConfirmed(answer, 'the lift')
  if (!terminal.json) terminal.data(`${terminal.good('confirmed')}  new work may start again; what was ended stays ended`)
}

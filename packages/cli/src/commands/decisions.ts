// `bailiwick decisions`: what was decided, about whom, and why.
import type { Context } from '../context.ts'
import type { Json } from '../control-client.ts'
import { isJson } from '../control-client.ts'
import { itemsOf, pick } from '../read-answer.ts'
import type { Terminal } from '../terminal.ts'

export interface TailOptions {
  readonly lines?: string
  readonly follow?: boolean
  readonly kind?: string
  readonly effect?: string
  readonly reason?: string
  readonly task?: string
  readonly sub?: string
  readonly resource?: string
}

export async function tailDecisions({ terminal, ...context }: Context, options: TailOptions): Promise<void> {
  const control = context.control()
  const { kind, effect, reason, sub, resource } = options
  const { body } = await control.get('/v1/decisions', { limit: options.lines ?? '20', kind, effect, reason, sub, resource, task_id: options.task })
  for (const record of itemsOf(body).toReversed()) print(terminal, record)
  if (options.follow !== true) return
  const wanted = (record: Json): boolean =>
    (kind === undefined || record['kind'] === kind) &&
    (effect === undefined || record['effect'] === effect) &&
    (reason === undefined || record['reason'] === reason) &&
    (sub === undefined || pick(record, 'subject', 'sub') === sub) &&
    (resource === undefined || record['resource'] === resource) &&
    (options.task === undefined || pick(record, 'task', 'id') === options.task)
  for await (const { event, data } of control.stream('/v1/decisions/stream', new AbortController().signal)) {
    const record: unknown = JSON.parse(data)
    if (event === 'missed') terminal.say(`${data} records were not shown: this terminal was too slow; they are in the audit`)
    else if (isJson(record) && wanted(record)) print(terminal, record)
  }
}

export async function showDecision({ terminal, ...context }: Context, id: string): Promise<void> {
  const { body } = await context.control().get(`/v1/decisions/${encodeURIComponent(id)}`)
  for (const record of itemsOf(body)) terminal.data(JSON.stringify(record, null, 2))
}

function print(terminal: Terminal, record: Json): void {
  if (terminal.json) {
    terminal.data(JSON.stringify(record))
    return
  }
  const effect = pick(record, 'effect')
  const painted = effect === 'allow' ? terminal.good(effect.padEnd(12)) : terminal.bad(effect.padEnd(12))
  const action = [pick(record, 'action', 'method'), pick(record, 'action', 'name')].filter((part) => part !== '-').join(' ')
  terminal.data(
    [
      pick(record, 'time'),
      painted,
      pick(record, 'kind').padEnd(10),
      pick(record, 'resource'),
      action,
      pick(record, 'subject', 'sub'),
      pick(record, 'reason'),
      pick(record, 'decision_id'),
    ].join('  '),
  )
}

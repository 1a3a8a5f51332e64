// The shipped dashboard, the alert rules and the documentation name metrics that exist, as a scrape shows them; and no metric goes undocumented.
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { DENIALS, REVOCATION_KINDS, systemClock } from '@bailiwick/core'
import type { DenialReason } from '@bailiwick/core'
import { createDrillMetrics } from '@bailiwick/cli'
import { openMetrics } from '@bailiwick/runtime'
import type { ProcessMetrics } from '@bailiwick/runtime'
import { catalogueOf, problemsIn } from '../src/metric-expressions.ts'
import type { Catalogue } from '../src/metric-expressions.ts'

const file = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[] }[]
  readonly templating: { readonly list: readonly { readonly query: string }[] }
}
interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string; readonly annotations: Readonly<Record<string, string>> }[]
  }[]
}

const dashboard = JSON.parse(file('observability/grafana-dashboard.json')) as Dashboard
const rules = (parse(file('observability/alerts.yaml')) as Rules).groups.flatMap((group) => group.rules)
const queries: readonly (readonly [string, string])[] = [
  ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [`panel ${title}`, expr] as const)),
  ...rules.map(({ alert, expr }) => [`alert ${alert}`, expr] as const),
]

let metrics: ProcessMetrics
let text: string
let catalogue: Catalogue
beforeAll(async () => {
  metrics = await openMetrics({ clock: systemClock, version: '1' })
  metrics.watchAuditQueue(() => 0)
  metrics.watchNodes(() => new Map([['edge-1', 1]]))
  metrics.watchAwaited(async () => new Map([['edge-1', 1]]))
  metrics.reporting('control:8422')
  const reasons = Object.keys(DENIALS).filter((key): key is DenialReason => Object.hasOwn(DENIALS, key))
  for (const plane of ['agents', 'gateways', 'operators'] as const)
    for (const effect of ['allow', 'deny', 'shadow_allow'] as const)
      for (const reason of [undefined, ...reasons]) metrics.decided({ plane, effect, reason, ms: 1 })
  for (const outcome of ['fresh', 'cached', 'stale', 'absent', 'failed'] as const) metrics.enriched({ source: 'directory', outcome, ms: 1 })
  for (const outcome of ['issued', 'partial', 'refused', 'unavailable'] as const) metrics.exchanged(outcome)
  for (const kind of REVOCATION_KINDS) metrics.revoked(kind, 'confirmed')
  metrics.storeFailed('store_moved')
  metrics.auditRefused('journal_full')
  metrics.policyMismatched()
  for (const outcome of ['same', 'changed', 'unread'] as const) metrics.toolsCompared({ resource: 'payments', outcome, changed: 1 })
  for (const outcome of ['denied', 'allowed_after', 'unconfirmed', 'not_run'] as const) metrics.canaried({ outcome, ms: 1 })
  for (const outcome of ['taken', 'gap', 'diverged', 'not_sent'] as const) metrics.reported({ control: 'control:8422', outcome, sent: 1 })
  do {
    await delay(20)
    text = await metrics.render()
  } while (!text.includes('bailiwick_event_loop_lag_seconds'))
  const drill = createDrillMetrics('payments')
  drill.count({ outcome: 'denied', ms: 1, reason: 'task_revoked', taskId: 'task_1' }, 1)
  text += drill.render()
  catalogue = catalogueOf(text)
})
afterAll(() => metrics.close())

it.each(queries)('%s asks for metrics, labels and values that exist', (_where, expression) => {
  expect(expression).toContain('bailiwick_')
  expect(problemsIn(expression, catalogue)).toEqual([])
})

it('labels what it shows with labels that are there', () => {
  for (const { title, targets } of dashboard.panels)
    for (const { expr, legendFormat } of targets) {
      const [, grouping = ''] = /by \(([^)]*)\)/.exec(expr) ?? []
      const [name = ''] = /bailiwick_\w+/.exec(expr) ?? []
      const there = grouping === '' ? ['instance', ...(catalogue.get(name)?.keys() ?? [])] : grouping.split(',').map((each) => each.trim())
      for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) expect(there, `${title}: ${legendFormat}`).toContain(label)
    }
  for (const { alert, expr, annotations } of rules) {
    const grouped = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, labels = '']) => labels.split(',').map((each) => each.trim()))
    for (const [, label] of Object.values(annotations)
      .join(' ')
      .matchAll(/\$labels\.(\w+)/g))
      expect([...grouped, 'instance'], alert).toContain(label)
  }
  expect(dashboard.templating.list.map(({ query }) => query).filter((query) => query.includes('bailiwick_'))).toEqual([
    'label_values(bailiwick_build_info, instance)',
  ])
})

it('documents every metric, and none that is not there', () => {
  const documented = [...file('docs/observability.md').matchAll(/^\| `(bailiwick_[a-z_]+)`/gm)].map(([, name = '']) => name)
  const real = text.split('\n').flatMap((line) => /^# TYPE (\S+)/.exec(line)?.[1] ?? [])
  expect(documented.toSorted()).toEqual(real.toSorted())
})

it('documents every alert', () => {
  const document = file('docs/observability.md')
  for (const { alert } of rules) expect(document).toContain(`\`${alert}\``)
})

describe('the check itself', () => {
  it.each([
    ['a metric that is not there', 'rate(bailiwick_decision_total[5m])', 'no metric bailiwick_decision_total'],
    ['a histogram without its suffix', 'rate(bailiwick_decision_duration_seconds[5m])', 'no metric bailiwick_decision_duration_seconds'],
    ['a label that is not there', 'rate(bailiwick_decisions_total{task="x"}[5m])', 'bailiwick_decisions_total has no label task'],
    ['a value that is not there', 'rate(bailiwick_decisions_total{effect="denied"}[5m])', 'bailiwick_decisions_total has no effect "denied"'],
    ['one of several values', 'rate(bailiwick_decisions_total{plane=~"agents|nobody"}[5m])', 'bailiwick_decisions_total has no plane "nobody"'],
    ['a grouping by nothing', 'sum by (reason) (rate(bailiwick_decisions_total[5m]))', 'nothing has a label reason'],
    ['a bracket too few', 'sum(rate(bailiwick_decisions_total[5m])', 'brackets do not match'],
  ])('finds %s', (_what, expression, problem) => {
    expect(problemsIn(expression, catalogue)).toEqual([problem])
  })
})

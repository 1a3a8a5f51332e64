// Holds PromQL against the metrics that exist: names, labels, and the values of labels that are closed sets. It is no PromQL parser: it reads
// selectors and groupings, which is where a renamed metric goes silently blank.

/** Metric name without histogram suffix -> label -> values seen. */
export type Catalogue = ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>

/** What the scraper adds. */
const SCRAPED_LABELS = ['instance', 'job']
/** Their values come from configurations and versions. */
const OPEN_LABELS = ['source', 'code', 'version', 'node', 'le']
const SERIES = /^(?<name>[a-z_]+)(?:\{(?<labels>.*)\})? \S+$/
const LABEL = /(?<label>[a-z_]+)="(?<value>[^"]*)"/g

export function catalogueOf(text: string): Catalogue {
  const found = new Map<string, Map<string, Set<string>>>()
  for (const line of text.split('\n')) {
    const { name, labels = '' } = SERIES.exec(line)?.groups ?? {}
    if (name === undefined) continue
    const metric = found.get(name) ?? new Map<string, Set<string>>()
    found.set(name, metric)
    for (const { groups = {} } of labels.matchAll(LABEL)) {
      const { label = '', value = '' } = groups
      metric.set(label, (metric.get(label) ?? new Set()).add(value))
    }
  }
  return found
}

/** What an expression names that does not exist; empty where it names nothing of ours, too. */
export function problemsIn(expression: string, catalogue: Catalogue): readonly string[] {
  const problems: string[] = []
  const used = new Set<string>(SCRAPED_LABELS)
  for (const { groups = {} } of expression.matchAll(/(?<name>bailiwick_\w+)(?:\{(?<matchers>[^}]*)\})?/g)) {
    const { name = '', matchers = '' } = groups
    const metric = catalogue.get(name)
    if (metric === undefined) {
      problems.push(`no metric ${name}`)
      continue
    }
    for (const label of metric.keys()) used.add(label)
    for (const matcher of matchers === '' ? [] : matchers.split(',')) problems.push(...matcherProblems(matcher.trim(), name, metric))
  }
  for (const { groups = {} } of expression.matchAll(/\b(?:by|without) \((?<labels>[^)]*)\)/g))
    for (const label of (groups['labels'] ?? '').split(',').map((each) => each.trim())) if (!used.has(label)) problems.push(`nothing has a label ${label}`)
  let depth = 0
  for (const sign of expression) depth += '({['.includes(sign) ? 1 : ')}]'.includes(sign) ? -1 : 0
  if (depth !== 0) problems.push('brackets do not match')
  return problems
}

function matcherProblems(matcher: string, name: string, metric: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  const { label, kind, value = '' } = /^(?<label>\w+)(?<kind>=~|!~|=|!=)"(?<value>[^"]*)"$/.exec(matcher)?.groups ?? {}
  if (label === undefined) return [`cannot read ${matcher}`]
  if (SCRAPED_LABELS.includes(label)) return []
  const values = metric.get(label)
  if (values === undefined) return [`${name} has no label ${label}`]
  const wanted = kind === '=~' || kind === '!~' ? value.split('|') : [value]
  return OPEN_LABELS.includes(label) ? [] : wanted.filter((each) => !values.has(each)).map((each) => `${name} has no ${label} "${each}"`)
}

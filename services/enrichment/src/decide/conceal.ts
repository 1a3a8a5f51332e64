// What of a list's answer a task may know. Hiding is no refusal: the list is shown without it. In shadow mode nothing is hidden, and that
// enforcing would hide something is the denial that is recorded and passes. No I/O.
import type { Denial, McpCall, Resource } from '@bailiwick/core'
import type { Evaluated } from './evaluate.ts'

export interface Concealed {
  readonly kept: readonly string[]
  /** What enforcing leaves out, for the audit. */
  readonly dropped: readonly string[]
}

/** `reachable`: the names that were asked about, in the order they were asked. Every other name of the list is out in either mode. */
export function conceal(
  resource: Pick<Resource, 'mode'>,
  listed: NonNullable<McpCall['listed']>,
  reachable: readonly string[],
  { denial, others }: Pick<Evaluated, 'denial' | 'others'>,
): { readonly concealed: Concealed; readonly denial: Denial | undefined } {
  const allowed = new Set(reachable.filter((_, place) => others[place] === true))
  const dropped = listed.filter((name) => !allowed.has(name))
  if (resource.mode === 'enforce') return { concealed: { kept: [...allowed], dropped }, denial }
  const wouldHide = reachable.some((name) => !allowed.has(name))
  return { concealed: { kept: reachable, dropped }, denial: denial ?? (wouldHide ? { reason: 'not_visible', detail: 'listed_names' } : undefined) }
}

/** Of the pinned tools that were asked about, those a list may show; in shadow mode all of them. */
export function showable(resource: Pick<Resource, 'mode'>, asked: readonly string[], { others }: Pick<Evaluated, 'others'>): readonly string[] {
  return resource.mode === 'shadow' ? asked : asked.filter((_, place) => others[place] === true)
}

// Two questions with known answers that ride along with real ones (policies/bailiwick_canary.yaml). A decision point that does not
// reject what the schemas refuse lets a string pass as an amount: it answers the second question wrongly, and nothing is believed of it.
import type { CheckResourcesResponse } from '@cerbos/core'
import type { PolicyItem } from './decider.ts'

const KIND = 'bailiwick:canary'
const ACTION = 'sing'

export const CANARIES: readonly PolicyItem[] = [
  { resource: { kind: KIND, id: 'valid', attr: { alive: true } }, actions: [ACTION] },
  { resource: { kind: KIND, id: 'invalid', attr: { alive: 'yes' } }, actions: [ACTION] },
]

/** Undefined when the canaries were answered as they must be, else what is wrong, in words for the operator. */
export function judgeCanaries(response: CheckResourcesResponse): string | undefined {
  const results = response.results.filter(({ resource }) => resource.kind === KIND)
  const valid = results.find(({ resource }) => resource.id === 'valid')
  const invalid = results.find(({ resource }) => resource.id === 'invalid')
  if (results.length !== CANARIES.length || valid === undefined || invalid === undefined) return 'the canary was not answered'
  if (valid.isAllowed(ACTION) !== true) return 'the canary policy is missing or changed: keep policies/bailiwick_canary.yaml and its schema'
  if (invalid.isAllowed(ACTION) !== false || invalid.validationErrors.length === 0) return 'schema enforcement is not `reject`'
  return undefined
}

// Cerbos's reply as answers, matched by what each is about, never by its place. What is missing, doubled or not an effect is a deny or
// a fault, never an allow. No I/O.
import { Fault } from '@bailiwick/core'
import { ValidationErrorSource } from '@cerbos/core'
import type { CheckResourcesResponse, CheckResourcesResult, ValidationError } from '@cerbos/core'
import type { PolicyAnswer, PolicyItem } from './decider.ts'
import { readOutput } from './read-output.ts'
import { keyOf } from './to-cerbos.ts'

type SchemaErrors = PolicyAnswer['schemaErrors']

const MAX_SCHEMA_ERRORS = 50
const MAX_PATH_LENGTH = 512

/** @throws Fault `pdp_answer_malformed` when an item has no answer, or more than one. */
export function toAnswers(items: ReadonlyMap<string, PolicyItem>, response: CheckResourcesResponse): ReadonlyMap<PolicyItem, PolicyAnswer> {
  const answers = new Map<PolicyItem, PolicyAnswer>()
  for (const result of response.results) {
    const item = items.get(keyOf(result.resource.kind, result.resource.id, Object.keys(result.actions)))
    if (item === undefined) continue
    if (answers.has(item)) throw malformed('one item was answered twice')
    answers.set(item, toAnswer(item, result, response.cerbosCallId))
  }
  if (answers.size !== items.size) throw malformed('an item was not answered')
  return answers
}

function toAnswer(item: PolicyItem, result: CheckResourcesResult, callId: string): PolicyAnswer {
  const actions = Object.fromEntries(item.actions.map((action) => [action, effectOf(result, action)]))
  const denied = item.actions.filter((action) => actions[action] !== 'allow')
  const schemaErrors = result.validationErrors.slice(0, MAX_SCHEMA_ERRORS).flatMap(toSchemaErrors)
  // With `reject`, errors come only with a deny. Should they ever come with an allow, the errors are believed.
  const effect = denied.length === 0 && result.validationErrors.length === 0 ? 'allow' : 'deny'
  const output = effect === 'allow' ? undefined : readOutput(result.outputs, (action) => denied.includes(action))
  const rule = output?.source ?? policyOf(result, denied[0] ?? item.actions[0])
  return {
    effect,
    actions,
    ...(output?.reason === undefined ? {} : { reason: output.reason }),
    ...(output?.remediation === undefined ? {} : { remediation: output.remediation }),
    ...(output?.outcome === undefined ? {} : { outcome: output.outcome }),
    ...(rule === undefined ? {} : { rule }),
    schemaErrors,
    callId,
  }
}

function effectOf(result: CheckResourcesResult, action: string): 'allow' | 'deny' {
  return Object.hasOwn(result.actions, action) && result.isAllowed(action) === true ? 'allow' : 'deny'
}

/** `resource.mcp_payments.vdefault`, or `NO_MATCH` where no policy knows the kind. */
function policyOf({ metadata }: CheckResourcesResult, action: string | undefined): string | undefined {
  if (metadata === undefined || action === undefined || !Object.hasOwn(metadata.actions, action)) return undefined
  const matched = metadata.actions[action]?.matchedPolicy
  return matched === undefined || matched === '' ? undefined : matched.slice(0, 256)
}

const NAMED = /^(?:missing properties: |additionalProperties )(?<names>'[\w.$-]{1,64}'(?:, '[\w.$-]{1,64}')*)(?: not allowed)?$/

/** The engine points at the object when a member is missing or too many; its message names the member. */
function toSchemaErrors({ path, message, source }: ValidationError): SchemaErrors {
  const where = path.slice(0, MAX_PATH_LENGTH)
  const origin = source === ValidationErrorSource.RESOURCE ? 'resource' : 'principal'
  const names = NAMED.exec(message)?.groups?.['names']
  if (names === undefined) return [{ path: where, source: origin }]
  const parent = where === '/' ? '' : where
  return names.split(', ').map((quoted) => ({ path: `${parent}/${quoted.slice(1, -1)}`, source: origin }))
}

function malformed(why: string): Fault {
  return new Fault('policy', 'pdp_answer_malformed', why)
}

// AuthZEN's evaluation requests (https://openid.net/specs/authorization-api-1_0.html, sections 6 and 7) as Questions. What they say of the
// subject is required by the specification and read by nobody here: the token says it. Members that are not known are ignored, as it demands.
import type { AskedForm, AskedQuestion, JsonObject, JsonValue } from '@bailiwick/core'
import { isJsonArray, isJsonObject, parseStrictJson } from '@bailiwick/json'

export type Semantic = 'execute_all' | 'deny_on_first_deny' | 'permit_on_first_permit'

export interface Evaluation {
  readonly id: string
  readonly question: AskedQuestion
}

export type Asked =
  | { readonly ok: true; readonly kind: 'one'; readonly evaluation: Evaluation }
  | { readonly ok: true; readonly kind: 'many'; readonly evaluations: readonly Evaluation[]; readonly semantic: Semantic }
  | { readonly ok: false; readonly problem: string }

/** Each is a decision, with its record. */
export const MAX_EVALUATIONS = 50
const MAX_DEPTH = 72
const SEMANTICS: readonly Semantic[] = ['execute_all', 'deny_on_first_deny', 'permit_on_first_permit']
const NONE: JsonObject = {}

export function decodeEvaluation(bytes: Uint8Array, maxBytes: number): Asked {
  const body = bodyOf(bytes, maxBytes)
  return typeof body === 'string' ? problem(body) : one(body)
}

/** Without `evaluations`, or with an empty list, it is asked like a single one (section 7.1). */
export function decodeEvaluations(bytes: Uint8Array, maxBytes: number): Asked {
  const body = bodyOf(bytes, maxBytes)
  if (typeof body === 'string') return problem(body)
  const { evaluations: list, options = NONE } = body
  if (list === undefined || (isJsonArray(list) && list.length === 0)) return one(body)
  if (!isJsonArray(list) || list.length > MAX_EVALUATIONS) return problem(`evaluations: a list of at most ${MAX_EVALUATIONS}`)
  if (!isJsonObject(options)) return problem('options: an object')
  const wanted = options['evaluations_semantic'] ?? 'execute_all'
  const semantic = SEMANTICS.find((known) => known === wanted)
  if (semantic === undefined) return problem(`options.evaluations_semantic: one of ${SEMANTICS.join(', ')}`)
  const read = list.map((entry) => (isJsonObject(entry) ? toEvaluation({ ...body, ...entry }) : 'evaluations: objects'))
  const wrong = read.find((entry) => typeof entry === 'string')
  if (typeof wrong === 'string') return problem(wrong)
  return { ok: true, kind: 'many', semantic, evaluations: read.filter((entry) => typeof entry !== 'string') }
}

function bodyOf(bytes: Uint8Array, maxBytes: number): JsonObject | string {
  const parsed = parseStrictJson(bytes, { maxBytes, maxDepth: MAX_DEPTH })
  if (!parsed.ok) return `json: ${parsed.problem.class}`
  return isJsonObject(parsed.value) ? parsed.value : 'json: not an object'
}

function one(body: JsonObject): Asked {
  const evaluation = toEvaluation(body)
  return typeof evaluation === 'string' ? problem(evaluation) : { ok: true, kind: 'one', evaluation }
}

/** A text is what is wrong with it. */
function toEvaluation({ subject, resource, action, context = NONE }: JsonObject): Evaluation | string {
  if (!isJsonObject(subject) || typeof subject['type'] !== 'string' || typeof subject['id'] !== 'string') return 'subject: an object with type and id'
  if (!isJsonObject(resource) || typeof resource['type'] !== 'string' || typeof resource['id'] !== 'string') return 'resource: an object with type and id'
  if (!isJsonObject(action) || typeof action['name'] !== 'string') return 'action: an object with a name'
  if (!isJsonObject(context)) return 'context: an object'
  const { type, id, properties } = resource
  const { bailiwick: ours = NONE } = context
  if (!isJsonObject(ours)) return 'context.bailiwick: an object'
  const call = toForm({ type, id, action: action['name'], properties })
  const hinted = ours['resource'] ?? (call.form === 'kind' ? call.kind.slice(call.kind.indexOf(':') + 1) : undefined)
  const credential = credentialOf(ours['token'])
  if (hinted !== undefined && typeof hinted !== 'string') return 'context.bailiwick.resource: a string'
  if (credential === undefined) return 'context.bailiwick.token: a string'
  return {
    id,
    question: { resourceHint: { from: 'request', ...(hinted === undefined ? {} : { value: hinted }) }, credential, call },
  }
}

/** `mcp:payments` and `llm:models` are the kinds policies know; every other type is COAZ's. */
function toForm({ type, id, action, properties }: { type: string; id: string; action: string; properties: JsonValue | undefined }): AskedForm {
  return { form: type.includes(':') ? 'kind' : 'coaz', kind: type, id, action, attr: isJsonObject(properties) ? properties : NONE }
}

function credentialOf(token: JsonValue | undefined): AskedQuestion['credential'] | undefined {
  if (token === undefined || token === null || token === '') return {}
  return typeof token === 'string' ? { token } : undefined
}

function problem(text: string): Asked {
  return { ok: false, problem: text }
}

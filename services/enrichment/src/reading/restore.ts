// What comes back from a thread, as the strict reader makes it: objects lose what they are without a prototype on the way. Uint8Arrays and what is no JSON stay.
import type { AskedQuestion, CallForm, JsonObject, JsonValue } from '@bailiwick/core'
import { isJsonArray, isJsonObject, newJsonObject } from '@bailiwick/json'
import type { ReadOutcome } from '../read/read-outcome.ts'
import type { DocumentKind, Documents } from './documents.ts'

export function restoredOutcome(outcome: ReadOutcome): ReadOutcome {
  if (!outcome.ok || outcome.call.kind !== 'mcp' || outcome.call.arguments === undefined || outcome.call.arguments === 'unseen') return outcome
  return { ok: true, call: { ...outcome.call, arguments: bareObject(outcome.call.arguments) } }
}

export const RESTORERS: { readonly [K in DocumentKind]: (decoded: Documents[K]) => Documents[K] } = {
  v1: (decoded) => (decoded.ok ? { ok: true, question: restoredQuestion(decoded.question) } : decoded),
  guardrail: ({ question, tools }) => ({ question: restoredQuestion(question), tools: tools.map(bare) }),
  evaluation: restoredEvaluations,
  evaluations: restoredEvaluations,
  check: restoredCheck,
  check_message: restoredCheck,
  plan: restoredPlan,
  plan_message: restoredPlan,
  params: (params) => (params === 'unreadable' ? params : bareObject(params)),
}

function restoredEvaluations(asked: Documents['evaluation']): Documents['evaluation'] {
  if (!asked.ok) return asked
  const restored = <T extends { readonly question: AskedQuestion }>(one: T): T => ({ ...one, question: restoredQuestion(one.question) })
  return asked.kind === 'one'
    ? { ...asked, evaluation: restored(asked.evaluation) }
    : { ...asked, evaluations: asked.evaluations.map((evaluation) => restored(evaluation)) }
}

function restoredCheck(asked: Documents['check']): Documents['check'] {
  if (!asked.ok) return asked
  const resources = asked.resources.map((resource) => ({
    ...resource,
    actions: resource.actions.map((action) => ({ ...action, question: restoredQuestion(action.question) })),
  }))
  return { ...asked, resources }
}

function restoredPlan(asked: Documents['plan']): Documents['plan'] {
  if (!asked.ok) return asked
  const { call } = asked.question
  return { ...asked, question: { ...asked.question, call: { ...call, attr: bareObject(call.attr) } } }
}

function restoredQuestion(question: AskedQuestion): AskedQuestion {
  return { ...question, call: restoredCall(question.call) }
}

function restoredCall(call: CallForm): CallForm {
  switch (call.form) {
    case 'http':
    case 'undecoded':
      return call
    case 'mcp':
      return isObject(call.params) ? { ...call, params: bareObject(call.params) } : call
    case 'llm':
      return {
        ...call,
        ...(call.model === undefined ? {} : { model: bare(call.model) }),
        ...(call.tools === undefined ? {} : { tools: bare(call.tools) }),
      }
    case 'kind':
    case 'coaz':
      return { ...call, attr: bareObject(call.attr) }
  }
}

function isObject(params: JsonObject | 'unreadable' | undefined): params is JsonObject {
  return isJsonObject(params)
}

function bare(value: JsonValue): JsonValue {
  if (isJsonArray(value)) return value.map(bare)
  return isJsonObject(value) ? bareObject(value) : value
}

function bareObject(value: JsonObject): JsonObject {
  const object = newJsonObject()
  for (const key of Object.keys(value)) object[key] = bare(value[key] ?? null)
  return object
}

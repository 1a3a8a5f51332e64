// The one model of a call. Names are compared byte for byte by policies, so a name is taken only in a form that no gateway
// splits, trims or decodes: a comma separates several models to LiteLLM.
import type { JsonObject } from '@bailiwick/core'
import type { LlmPath } from './dialect.ts'

const NAME = /^[A-Za-z0-9@~][A-Za-z0-9._:@/+~-]{0,255}$/
/** As one segment of a path, decoded. */
const SEGMENT = /^[A-Za-z0-9][A-Za-z0-9._:@~-]{0,255}$/

export function isModelName(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value)
}

export function isModelSegment(text: string): boolean {
  return SEGMENT.test(text)
}

/** From the path where it stands there, and then the body may only repeat it; else from the body. Undefined is a refusal. */
export function modelOf(body: JsonObject, path: LlmPath): string | undefined {
  const named = body['model']
  if (path.model === undefined) return isModelName(named) ? named : undefined
  return isModelSegment(path.model) && (named === undefined || named === path.model) ? path.model : undefined
}

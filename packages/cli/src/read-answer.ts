// Picks texts out of control's answers for people. What is not there is `-`.
import type { Json } from './control-client.ts'
import { isJson } from './control-client.ts'
import { clean } from './terminal.ts'

export function itemsOf(body: Json): readonly Json[] {
  const items = body['items']
  return Array.isArray(items) ? items.filter(isJson) : []
}

export function pick(value: Json, ...path: readonly string[]): string {
  let at: unknown = value
  for (const key of path) at = isJson(at) ? at[key] : undefined
  return typeof at === 'string' || typeof at === 'number' ? clean(String(at)) : '-'
}

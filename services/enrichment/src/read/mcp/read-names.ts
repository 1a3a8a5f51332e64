// What a message acts on: tool, prompt, URI or task, and the arguments. Names are compared byte for byte and never
// normalised: NFKC would make aliases. Checks types and alphabets only, not whether the thing exists.
import type { JsonObject, JsonValue } from '@bailiwick/core'
import { hasFoldedSiblings, isJsonArray, isJsonObject } from '@bailiwick/json'
import type { NameSource } from './versions.ts'

export interface Named {
  readonly name?: string
  readonly arguments?: JsonObject
}

/** A `string` is the detail of a refusal. `unjudged` would be forwarded without anybody having decided on it. */
export type NamesOutcome = { readonly ok: true; readonly named: Named } | { readonly ok: false; readonly detail: string; readonly unjudged?: true }

const NAME = /^[A-Za-z0-9_.\-/]{1,128}$/
const TASK_ID = /^[!-~]{1,256}$/
const URI = /^[A-Za-z][A-Za-z0-9+.-]*:[!-~]{1,2000}$/
/** Of `subscriptions/listen`: those that name no resource and no task. */
const OPEN_FILTERS: ReadonlySet<string> = new Set(['toolsListChanged', 'promptsListChanged', 'resourcesListChanged'])

export function readNames(source: NameSource, params: JsonObject | undefined): NamesOutcome {
  switch (source) {
    case 'none':
      return { ok: true, named: {} }
    case 'tool':
      return withArguments(params, 'tool_name')
    case 'prompt':
      return withArguments(params, 'prompt_name')
    case 'uri':
      return named(params?.['uri'], isUri, 'uri')
    case 'task':
      return named(params?.['taskId'], (text) => TASK_ID.test(text), 'task_id')
    case 'reference':
      return readReference(params?.['ref'])
    case 'filter':
      return readFilter(params?.['notifications'])
  }
}

/** Whether a text can be the name, uri or task id of this source: for names that arrive in a header. */
export function isNameOf(source: NameSource, text: string): boolean {
  switch (source) {
    case 'tool':
    case 'prompt':
      return NAME.test(text)
    case 'uri':
      return isUri(text)
    case 'task':
      return TASK_ID.test(text)
    case 'none':
    case 'reference':
    case 'filter':
      return false
  }
}

/** Whether the entry of a list's answer can be asked for at all: what no call could name is not shown. */
export function isListedName(method: string, text: string): boolean {
  switch (method) {
    case 'tools/list':
    case 'prompts/list':
      return NAME.test(text)
    case 'resources/list':
    case 'resources/templates/list':
      return isUri(text)
    case 'tasks/list':
      return TASK_ID.test(text)
    default:
      return false
  }
}

function named(value: JsonValue | undefined, accepts: (text: string) => boolean, detail: string): NamesOutcome {
  return typeof value === 'string' && accepts(value) ? { ok: true, named: { name: value } } : { ok: false, detail }
}

function withArguments(params: JsonObject | undefined, detail: string): NamesOutcome {
  const name = params?.['name']
  if (typeof name !== 'string' || !NAME.test(name)) return { ok: false, detail }
  const args = params?.['arguments']
  if (args === undefined) return { ok: true, named: { name, arguments: {} } }
  // null too: some servers take it for no arguments, some refuse it.
  if (!isJsonObject(args)) return { ok: false, detail: 'arguments' }
  // A server in Go or .NET finds its fields whatever their case: of `amount_cents` and `Amount_Cents` it would take the later.
  return hasFoldedSiblings(args) ? { ok: false, detail: 'folded_argument' } : { ok: true, named: { name, arguments: args } }
}

function readReference(ref: JsonValue | undefined): NamesOutcome {
  if (!isJsonObject(ref)) return { ok: false, detail: 'reference' }
  const { type, name, uri } = ref
  if (type === 'ref/prompt' && uri === undefined) return named(name, (text) => NAME.test(text), 'reference')
  if (type === 'ref/resource' && name === undefined) return named(uri, isUri, 'reference')
  return { ok: false, detail: 'reference' }
}

/** A filter may name resources (and, with SEP-2663, tasks), which a decision on the listening alone would not have judged. */
function readFilter(filter: JsonValue | undefined): NamesOutcome {
  if (filter === undefined) return { ok: true, named: {} }
  if (!isJsonObject(filter)) return { ok: false, detail: 'filter' }
  for (const [key, value] of Object.entries(filter)) {
    if (OPEN_FILTERS.has(key) && typeof value === 'boolean') continue
    if (isJsonArray(value) && value.length === 0) continue
    return { ok: false, detail: 'filter_names_resources', unjudged: true }
  }
  return { ok: true, named: {} }
}

/**
 * Absolute, printable ASCII, without dot segments in any encoding: policies compare URIs by prefix, and
 * `file:///public/..%2fsecret` starts like what it is not.
 */
function isUri(text: string): boolean {
  if (!URI.test(text) || /%25(?:2e|2f|5c|00)|%00/i.test(text)) return false
  const decoded = text.replace(/%2e/gi, '.').replace(/%2f|%5c/gi, '/')
  return decoded.split(/[/\\?#]/).every((segment) => !/^\.\.?(?:;|$)/.test(segment)) && !text.includes('\\')
}

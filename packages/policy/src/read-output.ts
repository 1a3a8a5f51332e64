// What a policy's outputs say of a deny. Policies are the operator's, but they may quote what an agent wrote: types are checked, sizes
// capped, control characters cut. No I/O.
import type { JsonObject, JsonValue, Remediation } from '@bailiwick/core'
import type { OutputResult } from '@cerbos/core'

export interface Output {
  /** `resource.mcp_payments.vdefault#refund-cap`. */
  readonly source: string
  readonly outcome?: string
  readonly reason?: string
  readonly remediation?: Remediation
}

const MAX_REASON_LENGTH = 512
const MAX_WORD_LENGTH = 64
const MAX_REMEDIATION_BYTES = 2_048
const WORD = /^[a-z][a-z0-9_]*$/
// Cutting them is the purpose: a reason ends up in headers and terminals.
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g

/**
 * The output that explains a deny best. They come unordered, from every rule that had something to say, on allowed actions too: the
 * ones about denied actions count; of those one that says how to go on is preferred, then the first by the name of its rule.
 */
export function readOutput(outputs: readonly OutputResult[], isDenied: (action: string) => boolean): Output | undefined {
  const spoken = outputs.filter(({ action }) => action === '' || isDenied(action)).map(toOutput)
  const meant = spoken.filter((output) => output !== undefined)
  return meant.toSorted((a, b) => Number(b.remediation !== undefined) - Number(a.remediation !== undefined) || (a.source < b.source ? -1 : 1))[0]
}

/** Undefined for an output whose expression failed, that says `allow`, or that is not ours to read. */
function toOutput({ source, value }: OutputResult): Output | undefined {
  if (!isObject(value)) return undefined
  const { decision, reason, remediation } = value
  if (decision === 'allow' || decision === undefined) return undefined
  const words = typeof reason === 'string' ? toPlainLine(reason) : ''
  const way = toRemediation(remediation)
  return {
    source: source.slice(0, 256),
    ...(typeof decision === 'string' && decision.length <= MAX_WORD_LENGTH && WORD.test(decision) ? { outcome: decision } : {}),
    ...(words === '' ? {} : { reason: words }),
    ...(way === undefined ? {} : { remediation: way }),
  }
}

function toPlainLine(text: string): string {
  return text.slice(0, MAX_REASON_LENGTH).toWellFormed().replace(CONTROL, ' ').trim()
}

function toRemediation(value: JsonValue | undefined): Remediation | undefined {
  if (!isObject(value)) return undefined
  const { type } = value
  if (typeof type !== 'string' || type.length > MAX_WORD_LENGTH || !WORD.test(type)) return undefined
  if (Buffer.byteLength(JSON.stringify(value)) > MAX_REMEDIATION_BYTES) return undefined
  return { ...inOrder(value), type }
}

/** The engine sends the members of a map in any order, another one each time; people and caches compare texts. */
function inOrder(value: JsonObject): JsonObject {
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(members.map(([name, member]) => [name, isObject(member) ? inOrder(member) : member]))
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

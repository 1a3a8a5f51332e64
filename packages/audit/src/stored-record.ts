// A record as a row: the canonical text that was hashed, the hash beside it, and the columns an index needs. No I/O.
import { hash as digest } from 'node:crypto'
import { canonicalize } from '@bailiwick/json'
import type { JsonObject, JsonValue } from '@bailiwick/core'
import type { AuditRecord } from './record.ts'
import type { FlatMark } from './writer-messages.ts'

/** What a chain's first record has for a predecessor. */
export const NO_PREDECESSOR = ''

export interface StoredRecord {
  readonly seq: number
  readonly hash: string
  /** RFC 8785 text of the record without `hash`: the bytes the hash is over. */
  readonly body: string
}

/** Columns copied out of the body; verification compares them with it. */
export interface RecordColumns {
  readonly seq: number
  readonly id: string
  readonly decision_id: string
  readonly kind: string
  readonly effect: string
  readonly reason: string | null
  readonly task_id: string | null
  readonly sub: string | null
  readonly resource: string | null
}

export function sealRecord(unsealed: JsonObject, seq: number, prevHash: string): StoredRecord {
  const body = canonicalize({ ...unsealed, seq, prev_hash: prevHash })
  return { seq, hash: hashOfBody(body), body }
}

export function hashOfBody(body: string): string {
  return digest('sha256', body, 'base64url')
}

/** undefined where the text is not a record of ours: changed on disk. */
export function readRecord(body: string, hash: string): AuditRecord | undefined {
  const value = parseBody(body)
  if (value === undefined) return undefined
  const record: unknown = { ...value, hash }
  return isAuditRecord(record) ? record : undefined
}

/** The record as it was sealed from `text`. */
export function recordOf(text: string, seq: number, prevHash: string, hash: string): AuditRecord | undefined {
  const record: unknown = { ...parseBody(text), seq, prev_hash: prevHash, hash }
  return isAuditRecord(record) ? record : undefined
}

export function parseBody(body: string): JsonObject | undefined {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return undefined
  }
  return isJsonObject(value) ? value : undefined
}

/** The columns a body asks for. Only called on bodies made or checked here. */
export function columnsOf(body: JsonObject): RecordColumns {
  return {
    seq: integerOf(body['seq']) ?? -1,
    id: textOf(body['id']) ?? '',
    decision_id: textOf(body['decision_id']) ?? '',
    kind: textOf(body['kind']) ?? '',
    effect: textOf(body['effect']) ?? '',
    reason: textOf(body['reason']) ?? null,
    task_id: textOf(memberOf(body['task'], 'id')) ?? null,
    sub: textOf(memberOf(body['subject'], 'sub')) ?? null,
    resource: textOf(body['resource']) ?? null,
  }
}

/** Where the store stood when the record was made; undefined where the record does not say. */
export function markOf(body: JsonObject): FlatMark | undefined {
  const state = body['state']
  const storeId = textOf(memberOf(state, 'store_id'))
  const epoch = integerOf(memberOf(memberOf(state, 'revision'), 'epoch'))
  const revision = integerOf(memberOf(memberOf(state, 'revision'), 'revision'))
  return storeId === undefined || epoch === undefined || revision === undefined ? undefined : { storeId, epoch, revision }
}

export function memberOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isJsonObject(value) ? value[name] : undefined
}

export function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

export function integerOf(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined
}

function isAuditRecord(value: unknown): value is AuditRecord {
  if (!isJsonObject(value)) return false
  const texts = ['id', 'node', 'time', 'prev_hash', 'hash', 'kind', 'decision_id', 'effect', 'plane', 'door']
  return value['v'] === 1 && Number.isSafeInteger(value['seq']) && texts.every((name) => typeof value[name] === 'string')
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

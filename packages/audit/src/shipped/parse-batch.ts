// Bytes a node sent become records whose text, hash and columns agree. No I/O. In order: strict JSON, exactly the members of a batch, then for each
// record: canonical text, the hash is that of the text. Does NOT check that one record follows another, nor whose it is.
import type { JsonObject, JsonValue, StoreMark } from '@bailiwick/core'
import { canonicalize, isJsonArray, isJsonObject, parseStrictJson } from '@bailiwick/json'
import { hashOfBody, integerOf, memberOf, parseBody, readRecord, textOf } from '../stored-record.ts'

export interface CopiedRecord {
  readonly seq: number
  readonly body: string
  readonly hash: string
  readonly record: JsonObject
}

export interface Batch {
  readonly records: readonly CopiedRecord[]
  readonly lastRevision?: StoreMark
}

export type BatchReading = { readonly ok: true; readonly batch: Batch } | { readonly ok: false; readonly problem: string }

export const MAX_BATCH_RECORDS = 512
const RECORD_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export function parseBatch(bytes: Uint8Array): BatchReading {
  const parsed = parseStrictJson(bytes, { maxDepth: 4 })
  if (!parsed.ok) return { ok: false, problem: `not strict JSON: ${parsed.problem.class}` }
  const { value } = parsed
  if (!isJsonObject(value) || Object.keys(value).some((key) => key !== 'records' && key !== 'last_revision')) {
    return { ok: false, problem: 'expected records and last_revision' }
  }
  const sent = value['records']
  if (!isJsonArray(sent) || sent.length > MAX_BATCH_RECORDS) return { ok: false, problem: `expected at most ${MAX_BATCH_RECORDS} records` }
  const lastRevision = value['last_revision'] === null ? undefined : markOf(value['last_revision'])
  if (lastRevision === undefined && value['last_revision'] !== null) return { ok: false, problem: 'last_revision is not a revision' }
  const records: CopiedRecord[] = []
  for (const [at, one] of sent.entries()) {
    const record = copiedRecord(one)
    if (typeof record === 'string') return { ok: false, problem: `record ${at} of the batch: ${record}` }
    records.push(record)
  }
  return { ok: true, batch: { records, ...(lastRevision === undefined ? {} : { lastRevision }) } }
}

function copiedRecord(sent: JsonValue): CopiedRecord | string {
  const body = textOf(memberOf(sent, 'body'))
  const hash = textOf(memberOf(sent, 'hash'))
  if (body === undefined || hash === undefined) return 'expected body and hash'
  if (hashOfBody(body) !== hash) return 'the hash is not that of the text'
  const record = parseBody(body)
  if (record === undefined || readRecord(body, hash) === undefined || !isCanonical(record, body)) return 'not the canonical text of a record'
  const seq = integerOf(record['seq'])
  if (seq === undefined || seq < 1 || !RECORD_ID.test(textOf(record['id']) ?? '')) return 'without a place or an id'
  return { seq, body, hash, record }
}

function isCanonical(record: JsonObject, body: string): boolean {
  try {
    return canonicalize(record) === body
  } catch {
    return false
  }
}

function markOf(value: JsonValue | undefined): StoreMark | undefined {
  const storeId = textOf(memberOf(value, 'store_id'))
  const epoch = integerOf(memberOf(value, 'epoch'))
  const revision = integerOf(memberOf(value, 'revision'))
  if (storeId === undefined || epoch === undefined || revision === undefined || epoch < 0 || revision < 0) return undefined
  return { storeId, revision: { epoch, revision } }
}

// Checks a chain record by record, in order of `seq`, wherever the records come from (the file, an export). No I/O. In order: the text is
// canonical and hashes to its hash, the place in the sequence, the link to the record before, the copied columns, then the rules of decisions.
// What it cannot see without an anchor outside the file: records missing at the end, and a chain that was rewritten as a whole.
import { canonicalize } from '@bailiwick/json'
import type { JsonObject } from '@bailiwick/core'
import { SEGMENT_STARTED } from './segment-record.ts'
import type { Head } from './segment-record.ts'
import { columnsOf, hashOfBody, integerOf, memberOf, NO_PREDECESSOR, parseBody, textOf } from './stored-record.ts'
import type { RecordColumns } from './stored-record.ts'

export interface ChainRow {
  readonly seq: number
  readonly hash: string
  readonly body: string
  /** Where the source keeps copies beside the text. */
  readonly columns?: RecordColumns
}

export interface ChainVerifier {
  /** undefined, or what is wrong with this record. Nothing is said about records after a bad one. */
  check(row: ChainRow): string | undefined
  readonly records: number
  readonly lastHash: string
  /** 1 for a whole chain; each loss that the writer noticed began another. */
  readonly segments: number
}

interface Course {
  allow?: { readonly id: string; superseded: boolean }
  denied: boolean
}

/** What is wrong with the place of a record after the end of the chain so far; undefined where it follows. */
export type PlaceRule = (end: Head, record: JsonObject) => string | undefined

/** Keeps about 150 bytes per decision: one million decisions need 150 MB. `placeRule`: of a journal's own file unless told. */
export function createChainVerifier(placeRule: PlaceRule = followsInFile): ChainVerifier {
  let end: Head = { seq: 0, hash: NO_PREDECESSOR }
  let records = 0
  let segments = 0
  const courses = new Map<string, Course>()

  const check = ({ seq, hash, body, columns }: ChainRow): string | undefined => {
    const record = parseBody(body)
    if (record === undefined) return 'the text is not a JSON object'
    if (hashOfBody(body) !== hash) return 'the hash is not that of the text'
    if (!isCanonical(record, body)) return 'the text is not in canonical form'
    if (record['seq'] !== seq) return 'the place in the text is another'
    const place = placeRule(end, record)
    if (place !== undefined) return place
    if (columns !== undefined && !sameColumns(columns, columnsOf(record))) return 'an indexed column differs from the text'
    const rule = checkDecision(record)
    if (rule !== undefined) return rule
    if (records === 0 || isSegmentStart(record)) segments += 1
    records += 1
    end = { seq, hash }
    return undefined
  }

  const checkDecision = (record: JsonObject): string | undefined => {
    const { id, decision_id: decisionId, kind, effect } = columnsOf(record)
    const key = `${kind} ${decisionId}`
    const course = courses.get(key) ?? { denied: false }
    courses.set(key, course)
    const supersedes = textOf(record['supersedes'])
    if (effect === 'allow' || effect === 'shadow_allow') {
      if (supersedes !== undefined) return 'an allow supersedes another record'
      if (course.allow !== undefined) return 'a second allow of one decision'
      if (course.denied) return 'an allow after a deny of the same decision'
      course.allow = { id, superseded: false }
      return undefined
    }
    if (effect !== 'deny') return 'an unknown effect'
    course.denied = true
    if (supersedes === undefined) return course.allow === undefined || course.allow.superseded ? undefined : 'a deny after an allow that does not supersede it'
    if (course.allow?.id !== supersedes) return 'what is superseded is not the allow of this decision'
    if (course.allow.superseded) return 'an allow superseded twice'
    course.allow.superseded = true
    return undefined
  }

  return {
    check,
    get records() {
      return records
    },
    get lastHash() {
      return end.hash
    },
    get segments() {
      return segments
    },
  }
}

function followsInFile(end: Head, record: JsonObject): string | undefined {
  const seq = integerOf(record['seq']) ?? 0
  if (isSegmentStart(record)) {
    const act = record['act']
    if (seq <= end.seq) return 'a segment goes back'
    if (integerOf(memberOf(act, 'found_seq')) !== end.seq || textOf(memberOf(act, 'found_hash')) !== end.hash) return 'a segment was started after another end'
    return record['prev_hash'] === textOf(memberOf(act, 'lost_hash')) ? undefined : 'a segment is not linked to what it says was lost'
  }
  if (seq !== end.seq + 1) return `the record before is missing: expected ${end.seq + 1}`
  return record['prev_hash'] === end.hash ? undefined : 'the link to the record before is broken'
}

function isCanonical(record: JsonObject, body: string): boolean {
  try {
    return canonicalize(record) === body
  } catch {
    return false
  }
}

function isSegmentStart(record: JsonObject): boolean {
  return record['kind'] === 'store' && memberOf(record['act'], 'event') === SEGMENT_STARTED
}

function sameColumns(a: RecordColumns, b: RecordColumns): boolean {
  return (
    a.seq === b.seq &&
    a.id === b.id &&
    a.decision_id === b.decision_id &&
    a.kind === b.kind &&
    a.effect === b.effect &&
    a.reason === b.reason &&
    a.task_id === b.task_id &&
    a.sub === b.sub &&
    a.resource === b.resource
  )
}

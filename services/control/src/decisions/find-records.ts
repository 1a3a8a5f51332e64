// Records of this node and the copies of the others, as one list, newest first. Each source keeps its own order and its own place in the cursor, so that a
// record that comes late from another node moves no page that was read already.
import type { AuditRecord, CopyFilter, Journal, RecordFilter, ShippedRecords } from '@bailiwick/audit'

export interface RecordQuery {
  readonly filter: Omit<RecordFilter, 'before_seq'>
  readonly after?: RecordCursor
}

/** Where a page ended: the last own record by seq and the last copied one by id; absent where none of that source came before. */
export interface RecordCursor {
  readonly seq?: number
  readonly id?: string
}

export interface RecordPage {
  readonly records: readonly AuditRecord[]
  readonly next?: RecordCursor
}

const CURSOR = /^(0|[1-9]\d{0,14})(?:\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))?$/

export function parseRecordCursor(text: string): RecordCursor | undefined {
  const [, seq, id] = CURSOR.exec(text) ?? []
  if (seq === undefined || (seq === '0' && id === undefined)) return undefined
  return { ...(seq === '0' ? {} : { seq: Number(seq) }), ...(id === undefined ? {} : { id }) }
}

export function formatRecordCursor({ seq, id }: RecordCursor): string {
  return `${seq ?? 0}${id === undefined ? '' : `.${id}`}`
}

export async function findRecords(deps: { readonly journal: Journal; readonly shipped: ShippedRecords }, query: RecordQuery): Promise<RecordPage> {
  const { filter, after } = query
  const copyFilter: CopyFilter = { ...filter, ...(after?.id === undefined ? {} : { before_id: after.id }) }
  const [own, copied] = await Promise.all([
    deps.journal.find({ ...filter, ...(after?.seq === undefined ? {} : { before_seq: after.seq }) }),
    deps.shipped.find(copyFilter),
  ])
  const records: AuditRecord[] = []
  let [atOwn, atCopied] = [0, 0]
  while (records.length < filter.limit) {
    const [mine, theirs] = [own[atOwn], copied[atCopied]]
    if (mine !== undefined && (theirs === undefined || mine.id >= theirs.id)) {
      records.push(mine)
      atOwn += 1
    } else if (theirs !== undefined) {
      records.push(theirs)
      atCopied += 1
    } else break
  }
  if (records.length === 0) return { records }
  const seq = own[atOwn - 1]?.seq ?? after?.seq
  const id = copied[atCopied - 1]?.id ?? after?.id
  return { records, next: { ...(seq === undefined ? {} : { seq }), ...(id === undefined ? {} : { id }) } }
}

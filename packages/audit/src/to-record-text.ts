// An entry becomes the text of a record: checked, redacted, stamped, and small enough. `seq` and the hashes are the writer's. No I/O.
import { uuidV7 } from '@bailiwick/core'
import { checkEntry } from './check-entry.ts'
import type { AuditEntry } from './record.ts'
import { isPlainJsonText, redactObject } from './redact.ts'

const MAX_RECORD_CHARS = 64 * 1024
const MAX_OUTLINE_TEXT = 512
const TOO_LARGE = 'record_too_large'

export interface RecordText {
  readonly id: string
  readonly text: string
}

/**
 * A snapshot: later changes of the entry change nothing. What is too large loses its content first (masked arguments, attributes, binding).
 * A deny that is still too large is kept in outline: a refusal that nobody recorded could hide an attack. An allow is not: TypeError, for
 * nobody could tell later what was allowed.
 */
export function toRecordText(entry: AuditEntry, node: string, nowMs: number): RecordText {
  checkEntry(entry)
  const id = uuidV7(nowMs)
  const stamp = { v: 1, id, node, time: new Date(nowMs).toISOString() }
  const text = textOfRecord({ ...entry, ...stamp })
  if (text.length <= MAX_RECORD_CHARS) return { id, text }
  const lighter = textOfRecord({ ...withoutContent(entry), ...stamp })
  if (lighter.length <= MAX_RECORD_CHARS) return { id, text: lighter }
  if (entry.effect !== 'deny') throw new TypeError('an allow too large to be recorded')
  return { id, text: textOfRecord({ ...outlineOf(entry), ...stamp }) }
}

function textOfRecord(record: object): string {
  const text = JSON.stringify(record)
  return isPlainJsonText(text) ? text : JSON.stringify(redactObject(record))
}

function withoutContent({ action, profile, task, act, remediation, ...rest }: AuditEntry): AuditEntry {
  return {
    ...rest,
    detail: rest.detail ?? TOO_LARGE,
    ...(action === undefined ? {} : { action: { ...action, args_masked: { [TOO_LARGE]: true } } }),
    ...(profile === undefined ? {} : { profile: { sources: profile.sources, attributes: { [TOO_LARGE]: true }, roles: profile.roles } }),
    ...(task === undefined ? {} : { task: { ...task, binding: { [TOO_LARGE]: true } } }),
    ...(act === undefined ? {} : { act: { [TOO_LARGE]: true } }),
    ...(remediation === undefined ? {} : { remediation: { [TOO_LARGE]: true } }),
  }
}

function outlineOf(entry: AuditEntry): AuditEntry {
  const short = (text: string): string => text.slice(0, MAX_OUTLINE_TEXT)
  return {
    kind: entry.kind,
    decision_id: short(entry.decision_id),
    effect: entry.effect,
    detail: TOO_LARGE,
    plane: entry.plane,
    door: short(entry.door),
    ...(entry.supersedes === undefined ? {} : { supersedes: short(entry.supersedes) }),
    ...(entry.reason === undefined ? {} : { reason: entry.reason }),
    ...(entry.subject === undefined ? {} : { subject: { sub: short(entry.subject.sub) } }),
    ...(entry.task === undefined ? {} : { task: { id: short(entry.task.id) } }),
    ...(entry.resource === undefined ? {} : { resource: short(entry.resource) }),
  }
}

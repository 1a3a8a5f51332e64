// One entry of the feed as the act a ledger keeps. Pure. What is not an act, or cannot be read, is nothing: the feed is a hint.
import { parseRevocationId, parseTaskId, REVOCATION_KINDS } from '@bailiwick/core'
import type { RecordedAct, RevocationKind, RevocationScope } from '@bailiwick/core'

export interface FeedEntry {
  /** The entry's place in the stream. */
  readonly at: string
  readonly act: RecordedAct | undefined
}

/** Undefined for anything that is no entry. */
export function feedEntryOf(value: unknown): FeedEntry | undefined {
  if (!Array.isArray(value)) return undefined
  const at: unknown = value[0]
  const pairs: unknown = value[1]
  if (typeof at !== 'string' || !/^[0-9]+-[0-9]+$/.test(at) || !Array.isArray(pairs)) return undefined
  const fields = new Map<string, string>()
  for (let index = 0; index + 1 < pairs.length; index += 2) fields.set(String(pairs[index]), String(pairs[index + 1]))
  return { at, act: actOf(fields) }
}

type Fields = ReadonlyMap<string, string>

function actOf(fields: Fields): RecordedAct | undefined {
  const id = fields.get('id')
  const by = fields.get('by')
  const atMs = integerOf(fields, 'at_ms')
  const untilSeconds = integerOf(fields, 'until')
  switch (fields.get('act')) {
    case 'revoke':
      return revocationOf(fields)
    case 'lift':
      return id === undefined || parseRevocationId(id) === undefined || by === undefined || atMs === undefined
        ? undefined
        : { act: 'lift', revocationId: id, by, atMs }
    case 'complete':
      return id === undefined || parseTaskId(id) === undefined || by === undefined || atMs === undefined || untilSeconds === undefined
        ? undefined
        : { act: 'complete', taskId: id, by, atMs, untilSeconds }
    case 'revoke_token':
      return id === undefined || id === '' || untilSeconds === undefined ? undefined : { act: 'revoke_token', jti: id, untilSeconds }
    // The beginning of an epoch, an override: nothing a ledger keeps.
    case undefined:
    default:
      return undefined
  }
}

function revocationOf(fields: Fields): RecordedAct | undefined {
  const id = parseRevocationId(fields.get('id') ?? '')
  const scope = scopeOf(fields.get('kind'), fields.get('scope_id'))
  const reason = fields.get('reason')
  const setBy = fields.get('by')
  const setAtMs = integerOf(fields, 'at_ms')
  const epoch = integerOf(fields, 'at_epoch')
  const revision = integerOf(fields, 'at_revision')
  const cutAtMs = integerOf(fields, 'cut_at_ms')
  const holdId = fields.get('hold_id')
  const holdScope = holdId === '' ? undefined : scopeOf(fields.get('hold_kind'), holdId)
  if (id === undefined || scope === undefined || reason === undefined || setBy === undefined) return undefined
  if (setAtMs === undefined || epoch === undefined || revision === undefined || cutAtMs === undefined || (holdId !== '' && holdScope === undefined))
    return undefined
  const hold = fields.get('hold') === '1'
  return {
    act: 'revoke',
    revocation: { id, scope, reason, hold, ...(holdScope === undefined ? {} : { holdScope }), setBy, setAtMs, revision: { epoch, revision } },
    cutAtMs,
  }
}

function scopeOf(kindText: string | undefined, id: string | undefined): RevocationScope | undefined {
  const kind: RevocationKind | undefined = REVOCATION_KINDS.find((known) => known === kindText)
  return kind === undefined || id === undefined ? undefined : { kind, id }
}

function integerOf(fields: Fields, name: string): number | undefined {
  const text = fields.get(name) ?? ''
  const value = Number(text)
  return /^-?[0-9]+$/.test(text) && Number.isSafeInteger(value) ? value : undefined
}

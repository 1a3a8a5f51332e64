// Reads the ledger's acts back. An act that cannot be read is a fault, never skipped: a skipped act is a forgotten revocation.
import { canonicalize } from '@bailiwick/json'
import { REVOCATION_KINDS } from '@bailiwick/core'
import type { JsonObject, JsonValue, RecordedAct } from '@bailiwick/core'
import { journalFault } from './journal-fault.ts'
import { redactObject } from './redact.ts'
import { integerOf, memberOf, parseBody, textOf } from './stored-record.ts'

/** Canonical, so that the same act is the same text. Tokens in an operator's prose are taken out. */
export function textOfAct(act: RecordedAct): string {
  return canonicalize(redactObject(act))
}

export function actOfText(text: string): RecordedAct {
  const value: unknown = parseBody(text)
  if (!isRecordedAct(value)) throw journalFault('journal_unreadable', 'an act of the ledger cannot be read')
  return value
}

function isRecordedAct(value: unknown): value is RecordedAct {
  if (!isObject(value)) return false
  const act: unknown = value['act']
  switch (act) {
    case 'revoke':
      return isRevocation(value['revocation']) && (value['cutAtMs'] === undefined || hasIntegers(value, ['cutAtMs']))
    case 'complete':
      return hasTexts(value, ['taskId', 'by']) && hasIntegers(value, ['atMs', 'untilSeconds'])
    case 'revoke_token':
      return hasTexts(value, ['jti']) && hasIntegers(value, ['untilSeconds'])
    case 'lift':
      return hasTexts(value, ['revocationId', 'by']) && hasIntegers(value, ['atMs'])
    default:
      return false
  }
}

function isRevocation(value: JsonValue | undefined): boolean {
  if (!isObject(value)) return false
  return (
    hasTexts(value, ['id', 'reason', 'setBy']) &&
    typeof value['hold'] === 'boolean' &&
    hasIntegers(value, ['setAtMs']) &&
    isScope(value['scope']) &&
    (value['holdScope'] === undefined || isScope(value['holdScope'])) &&
    integerOf(memberOf(value['revision'], 'epoch')) !== undefined &&
    integerOf(memberOf(value['revision'], 'revision')) !== undefined
  )
}

function isScope(value: JsonValue | undefined): boolean {
  const kind = textOf(memberOf(value, 'kind'))
  return REVOCATION_KINDS.some((known) => known === kind) && textOf(memberOf(value, 'id')) !== undefined
}

function hasTexts(value: JsonObject, names: readonly string[]): boolean {
  return names.every((name) => typeof value[name] === 'string')
}

function hasIntegers(value: JsonObject, names: readonly string[]): boolean {
  return names.every((name) => Number.isSafeInteger(value[name]))
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

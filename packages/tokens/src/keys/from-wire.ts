// The payload of a token of ours back into claims. The signature says we made it; this says it has the shape we make, so that
// no later step meets a missing or mistyped claim. Never checks times, task or resource.
import { parseClientId, parseTaskId } from '@bailiwick/core'
import type { Actor, JsonObject, JsonValue, Revision, SubjectIdentifier } from '@bailiwick/core'
import type { Confirmation, RuntimeClaims, TaskClaims } from '../claims.ts'
import { isEpochSeconds } from '../jwt/check-times.ts'
import { isJsonObject, isJsonArray } from '@bailiwick/json'

const MAX_ACTORS = 16

export function runtimeFromWire(payload: JsonObject, kid: string): RuntimeClaims | undefined {
  const common = commonFromWire(payload, kid)
  const { aud, scope, act, cnf } = { aud: payload['aud'], scope: payload['scope'], act: payload['act'], cnf: payload['cnf'] }
  // One string, never an array: an array is how one token comes to work in two places.
  if (common === undefined || !isText(aud) || aud === common.iss) return undefined
  const scopes = scope === undefined ? [] : readScope(scope)
  const actor = act === undefined ? undefined : readActor(act, MAX_ACTORS)
  const confirmation = cnf === undefined ? undefined : readConfirmation(cnf)
  if (scopes === undefined || (act !== undefined && actor === undefined) || (cnf !== undefined && confirmation === undefined)) return undefined
  return {
    typ: 'at+jwt',
    ...common,
    aud,
    scope: scopes,
    ...(actor !== undefined && { act: actor }),
    ...(confirmation !== undefined && { cnf: confirmation }),
  }
}

export function taskFromWire(payload: JsonObject, kid: string): TaskClaims | undefined {
  const common = commonFromWire(payload, kid)
  const { aud, cnf } = { aud: payload['aud'], cnf: payload['cnf'] }
  const confirmation = cnf === undefined ? undefined : readConfirmation(cnf)
  if (common === undefined || aud !== common.iss || (cnf !== undefined && confirmation === undefined)) return undefined
  return { typ: 'task+jwt', ...common, ...(confirmation !== undefined && { cnf: confirmation }) }
}

function commonFromWire(payload: JsonObject, kid: string): Omit<TaskClaims, 'typ'> | undefined {
  const { iss, sub, jti, iat, exp } = { iss: payload['iss'], sub: payload['sub'], jti: payload['jti'], iat: payload['iat'], exp: payload['exp'] }
  const subId = readSubjectIdentifier(payload['sub_id'])
  const clientId = parseClientId(payload['client_id'])
  const taskId = parseTaskId(payload['task_id'])
  const kep = readRevision(payload['kep'])
  if (!isText(iss) || !isText(sub) || !isText(jti) || !isEpochSeconds(iat) || !isEpochSeconds(exp)) return undefined
  if (subId === undefined || clientId === undefined || taskId === undefined || kep === undefined) return undefined
  return { iss, sub, subId, clientId, jti, iat, exp, taskId, kep, kid }
}

function readSubjectIdentifier(value: JsonValue | undefined): SubjectIdentifier | undefined {
  if (!isJsonObject(value)) return undefined
  const { format, iss, sub, uri } = { format: value['format'], iss: value['iss'], sub: value['sub'], uri: value['uri'] }
  if (format === 'iss_sub' && isText(iss) && isText(sub)) return { format, iss, sub }
  return format === 'uri' && isText(uri) ? { format, uri } : undefined
}

function readRevision(value: JsonValue | undefined): Revision | undefined {
  if (!isJsonArray(value) || value.length !== 2) return undefined
  const [epoch, revision] = value
  return isEpochSeconds(epoch) && isEpochSeconds(revision) ? { epoch, revision } : undefined
}

function readScope(value: JsonValue): readonly string[] | undefined {
  if (!isText(value)) return undefined
  const scopes = value.split(' ')
  return scopes.every((scope) => scope !== '') ? scopes : undefined
}

function readActor(value: JsonValue, depthLeft: number): Actor | undefined {
  if (depthLeft === 0 || !isJsonObject(value)) return undefined
  const { sub, client_id, sub_profile, act, ...rest } = value
  if (!isText(sub) || !isOptionalText(client_id) || !isOptionalText(sub_profile) || Object.keys(rest).length > 0) return undefined
  const inner = act === undefined ? undefined : readActor(act, depthLeft - 1)
  if (act !== undefined && inner === undefined) return undefined
  return {
    sub,
    ...(client_id !== undefined && { client_id }),
    ...(sub_profile !== undefined && { sub_profile }),
    ...(inner !== undefined && { act: inner }),
  }
}

function readConfirmation(value: JsonValue): Confirmation | undefined {
  if (!isJsonObject(value)) return undefined
  const { jkt, 'x5t#S256': x5t, ...rest } = value
  // An empty or unknown confirmation must not read as "not bound".
  if (!isOptionalText(jkt) || !isOptionalText(x5t) || (jkt === undefined && x5t === undefined) || Object.keys(rest).length > 0) return undefined
  return { ...(jkt !== undefined && { jkt }), ...(x5t !== undefined && { 'x5t#S256': x5t }) }
}

function isText(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && value !== ''
}

function isOptionalText(value: JsonValue | undefined): value is string | undefined {
  return value === undefined || isText(value)
}

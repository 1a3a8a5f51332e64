// The denial table, row by row: which reason stands on which row, and what every kind of call is answered there. Written out here on purpose:
// it is compared with the renderers, not made from them.
import { describe, expect, it } from 'vitest'
import type { Call, Denial, DenialReason } from '@bailiwick/core'
import { BODY_PROBLEMS, LIST, LLM, NOTIFICATION, REASONS, RESPONSE, SESSION_END, STREAM, TOOL_CALL, bodyOf, denialFor, render } from './fixtures.ts'

type Row =
  | 'another token'
  | 'another proof'
  | 'another scope'
  | 'nobody known'
  | 'mismatch'
  | 'not read'
  | 'too large'
  | 'unknown method'
  | 'refused'
  | 'not established'

const ROW_OF: Readonly<Record<DenialReason, Row>> = {
  token_missing: 'another token',
  token_invalid: 'another token',
  token_expired: 'another token',
  proof_unverifiable: 'another token',
  proof_missing: 'another proof',
  proof_invalid: 'another proof',
  wrong_resource: 'another token',
  scope_missing: 'another scope',
  gateway_unauthenticated: 'nobody known',
  resource_unknown: 'nobody known',
  header_mismatch: 'mismatch',
  body_unreadable: 'not read',
  method_unknown: 'unknown method',
  task_unknown: 'refused',
  task_revoked: 'refused',
  task_completed: 'refused',
  task_expired: 'refused',
  cut_off: 'refused',
  held: 'refused',
  arguments_invalid: 'refused',
  tool_unknown: 'refused',
  binding_mismatch: 'refused',
  profile_not_found: 'refused',
  account_disabled: 'refused',
  policy_denied: 'refused',
  not_visible: 'refused',
  limit_exceeded: 'refused',
  approval_required: 'refused',
  deadline_exceeded: 'not established',
  state_unavailable: 'not established',
  policy_unavailable: 'not established',
  profile_unavailable: 'not established',
  audit_unavailable: 'not established',
  keys_unavailable: 'not established',
  request_malformed: 'refused',
  client_unauthenticated: 'refused',
  grant_not_allowed: 'refused',
  subject_invalid: 'refused',
  actor_invalid: 'refused',
  target_refused: 'refused',
  scope_refused: 'refused',
}

/** Status, and what the body says: a JSON-RPC code, a tool result, nothing. */
type Answer = readonly [status: number, says: number | 'isError' | 'nothing']

interface Answers {
  readonly toolCall: Answer
  readonly otherRequest: Answer
  /** Notifications and client responses. */
  readonly silent: Answer
  readonly session: Answer
  readonly model: number
}

const same = (status: number, code: number): Answers => ({
  toolCall: [status, code],
  otherRequest: [status, code],
  silent: [status, code],
  session: [status, code],
  model: status,
})

const GRPC: Readonly<Record<Row, Answers>> = {
  'another token': same(401, -32001),
  'another proof': same(401, -32001),
  'another scope': same(403, -32001),
  'nobody known': same(403, -32001),
  mismatch: same(400, -32020),
  'not read': same(400, -32700),
  'too large': same(413, -32600),
  'unknown method': { toolCall: [200, -32601], otherRequest: [200, -32601], silent: [202, 'nothing'], session: [405, -32601], model: 403 },
  refused: { toolCall: [200, 'isError'], otherRequest: [200, -32001], silent: [202, 'nothing'], session: [405, -32001], model: 403 },
  'not established': { toolCall: [200, -32603], otherRequest: [200, -32603], silent: [202, 'nothing'], session: [405, -32603], model: 403 },
}

/** Where the status is the verdict, no row is a 2xx. */
const HTTP: Readonly<Record<Row, Answers>> = {
  ...GRPC,
  'unknown method': same(403, -32601),
  refused: same(403, -32001),
  'not established': same(403, -32603),
}

const CALLS: readonly (readonly [keyof Answers, Call])[] = [
  ['toolCall', TOOL_CALL],
  ['otherRequest', LIST],
  ['silent', NOTIFICATION],
  ['silent', RESPONSE],
  ['session', STREAM],
  ['session', SESSION_END],
  ['model', LLM],
]

function answered(denial: Denial, call: Call, channel: 'grpc' | 'http'): Answer | number {
  const reply = render(denial, call, { channel })
  if (call.kind === 'llm') return reply.status
  if (reply.body === '') return [reply.status, 'nothing']
  const { result, error } = bodyOf(reply)
  if (isRecord(result)) return [reply.status, result['isError'] === true ? 'isError' : 0]
  return [reply.status, isRecord(error) && typeof error['code'] === 'number' ? error['code'] : 0]
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

describe.each([
  ['grpc', GRPC],
  ['http', HTTP],
] as const)('on channel %s', (channel, rows) => {
  it.each(REASONS)('%s is answered as its row says, whatever was called', (reason) => {
    for (const [kind, call] of CALLS) expect([kind, answered(denialFor(reason), call, channel)]).toEqual([kind, rows[ROW_OF[reason]][kind]])
  })

  it.each(BODY_PROBLEMS)('body_unreadable, %s', (problem) => {
    const row = rows[problem === 'partial' || problem === 'too_large' ? 'too large' : 'not read']
    for (const [kind, call] of CALLS) {
      const expected = problem === 'not_a_request' && kind !== 'model' ? [400, -32600] : row[kind]
      expect([kind, answered({ reason: 'body_unreadable', problem }, call, channel)]).toEqual([kind, expected])
    }
  })
})

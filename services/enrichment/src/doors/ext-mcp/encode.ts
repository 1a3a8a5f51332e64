// A Decision as ExtMcp's results. Every message made here has a `result`: without one the gateway would act by its failure mode. Only an
// explicit allow becomes a pass. Decides nothing.
import { create } from '@bufbuild/protobuf'
import type { MessageInitShape } from '@bufbuild/protobuf'
import type { Decision, Denial, HeaderList } from '@bailiwick/core'
import { AuthorizationError_Code as Code, McpRequestResultSchema, McpResponseResultSchema } from '@bailiwick/wire'
import type { AuthorizationErrorSchema, McpRequestResult, McpResponseResult } from '@bailiwick/wire'
import { situationOf } from '../../render/situation.ts'
import { speak } from '../../render/spoken.ts'
import { forwardedHeaders } from '../identity-headers.ts'
import type { ListResult } from './list-result.ts'

type ErrorInit = MessageInitShape<typeof AuthorizationErrorSchema>

/** `headers`: those of the checked request. */
export function toRequestResult(decision: Decision, headers: HeaderList): McpRequestResult {
  if (decision.effect === 'deny') return create(McpRequestResultSchema, { result: { case: 'error', value: errorOf(decision) } })
  const { set, remove } = forwardedHeaders(decision, headers)
  return create(McpRequestResultSchema, {
    result: { case: 'pass', value: {} },
    headerMutation: { set: set.map(([key, value]) => ({ key, value: Buffer.from(value, 'latin1') })), remove: [...remove] },
  })
}

/** A list goes on with what the task may know of it; every other result goes on as it is, or not at all. */
export function toResponseResult(decision: Decision, result: ListResult | 'unlisted' | 'unreadable'): McpResponseResult {
  if (decision.effect === 'deny') return create(McpResponseResultSchema, { result: { case: 'error', value: errorOf(decision) } })
  if (result === 'unlisted') return create(McpResponseResultSchema, { result: { case: 'pass', value: {} } })
  // A list that could not be read, or was not decided on name by name, has nothing in it that may be shown.
  if (result === 'unreadable' || decision.kept === undefined) return brokenResponseResult()
  const kept = result.keeping(new Set(decision.kept))
  if (kept === undefined) return create(McpResponseResultSchema, { result: { case: 'pass', value: {} } })
  return create(McpResponseResultSchema, { result: { case: 'mutated', value: Buffer.from(JSON.stringify(kept), 'utf8') } })
}

const BROKEN: ErrorInit = { code: Code.UNKNOWN, reason: 'The decision could not be made.' }

/** The door failed before or after there was a decision. */
export function brokenRequestResult(): McpRequestResult {
  return create(McpRequestResultSchema, { result: { case: 'error', value: BROKEN } })
}

export function brokenResponseResult(): McpResponseResult {
  return create(McpResponseResultSchema, { result: { case: 'error', value: BROKEN } })
}

/** The gateway makes a JSON-RPC error of it: `reason` is the message, `mcp_error` its data. */
function errorOf({ id, denial = { reason: 'state_unavailable' } }: Decision): ErrorInit {
  const { message, data } = speak(denial, id)
  return { code: codeOf(denial), reason: message, mcpError: Buffer.from(JSON.stringify({ type: 'authorization_denied', ...data }), 'utf8') }
}

function codeOf(denial: Denial): Code {
  switch (situationOf(denial).kind) {
    case 'challenge':
    case 'header_mismatch':
    case 'unreadable':
    case 'too_large':
      return Code.INVALID
    case 'unavailable':
      return Code.UNKNOWN
    case 'scope':
    case 'forbidden':
    case 'method_unknown':
    case 'refused':
      return Code.PERMISSION_DENIED
  }
}

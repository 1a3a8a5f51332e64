// A Decision as a CheckResponse. An empty CheckResponse means allow to some gateways: every response made here has a status and one of
// the two replies, and only an explicit allow becomes `ok`. Decides nothing.
import { create } from '@bufbuild/protobuf'
import type { MessageInitShape } from '@bufbuild/protobuf'
import type { Decision, Denial, HeaderList } from '@bailiwick/core'
import { CheckResponseSchema, toStruct } from '@bailiwick/wire'
import type { CheckResponse, HeaderValueOptionSchema } from '@bailiwick/wire'
import { renderDenial } from '../../render/render-denial.ts'
import { DECISION_HEADER, forwardedHeaders } from '../identity-headers.ts'

type HeaderOption = MessageInitShape<typeof HeaderValueOptionSchema>

/** google.rpc.Code. */
const OK = 0
const PERMISSION_DENIED = 7

/** `headers`: those of the checked request. */
export function toCheckResponse(decision: Decision, headers: HeaderList): CheckResponse {
  switch (decision.effect) {
    case 'allow':
    case 'shadow_allow':
      return allow(decision, headers)
    case 'deny':
      return deny(decision, decision.denial ?? { reason: 'state_unavailable' })
  }
}

/** The door failed before or after there was a decision. Rendered by nothing that could fail too. */
export function brokenDoorResponse(): CheckResponse {
  return create(CheckResponseSchema, {
    status: { code: PERMISSION_DENIED, message: 'state_unavailable' },
    httpResponse: {
      case: 'deniedResponse',
      value: {
        status: { code: 403 },
        headers: [header('content-type', 'text/plain; charset=utf-8'), header('cache-control', 'no-store')],
        body: 'The decision could not be made.',
      },
    },
  })
}

function allow(decision: Decision, headers: HeaderList): CheckResponse {
  const { set, remove } = forwardedHeaders(decision, headers)
  return create(CheckResponseSchema, {
    status: { code: OK },
    httpResponse: { case: 'okResponse', value: { headers: set.map(([name, value]) => header(name, value)), headersToRemove: [...remove] } },
    dynamicMetadata: metadataOf(decision),
  })
}

function deny(decision: Decision, denial: Denial): CheckResponse {
  const { id, call, resourceMetadataUrl } = decision
  const rendered = renderDenial({ denial, call, decisionId: id, channel: 'grpc', ...(resourceMetadataUrl === undefined ? {} : { resourceMetadataUrl }) })
  const headers = rendered.headers.filter(([name]) => name.toLowerCase() !== DECISION_HEADER).map(([name, value]) => header(name, value))
  return create(CheckResponseSchema, {
    status: { code: PERMISSION_DENIED, message: denial.reason },
    httpResponse: {
      case: 'deniedResponse',
      value: { status: { code: rendered.status }, headers: [...headers, header(DECISION_HEADER, id)], body: rendered.body },
    },
    dynamicMetadata: metadataOf(decision),
  })
}

/** An explicit `append: false` overwrites in every version of every gateway known; an absent one does not. */
function header(key: string, value: string): HeaderOption {
  return { header: { key, value }, append: false }
}

function metadataOf({ id, effect, denial, taskId, allowedTools }: Decision): ReturnType<typeof toStruct> {
  return toStruct({
    decision: effect === 'deny' ? 'deny' : 'allow',
    decision_id: id,
    ...(taskId === undefined ? {} : { task: taskId }),
    ...(denial === undefined ? {} : { reason: denial.reason }),
    ...(allowedTools === undefined ? {} : { allowed_tools: allowedTools }),
  })
}

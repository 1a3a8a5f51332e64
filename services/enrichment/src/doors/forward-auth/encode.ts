// A Decision as the answer to a sub-request. Gateways take a 2xx for leave to pass, and some let a call through on a 5xx: an allow is 200,
// a deny is 400 to 413, nothing else leaves here. Decides nothing.
import type { Decision, Denial, HeaderList } from '@bailiwick/core'
import { renderDenial } from '../../render/render-denial.ts'
import type { RenderedReply } from '../../render/render-denial.ts'
import { KEY_HEADER } from '../http-channel.ts'
import { forwardedHeaders } from '../identity-headers.ts'
import { FORWARD_AUTH_DIALECTS } from './dialects.ts'
import type { ForwardAuthDialectName } from './dialects.ts'

export interface ForwardAuthReply {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/** Who reads the answer. */
export interface Reader {
  readonly dialect: ForwardAuthDialectName
  /**
   * The sub-request has a method of its own that the gateway chose: nginx's `auth_request`, which takes nothing but 401 and 403 for an
   * answer and shows the client neither body nor headers.
   */
  readonly statusOnly: boolean
}

const REASON_HEADER = 'x-bailiwick-reason'
/** The body once more, as one header: what a gateway that drops bodies can still hand on. */
const DENIAL_HEADER = 'x-bailiwick-denial'

/** `headers`: those of the checked request. */
export function toForwardAuthReply(decision: Decision, headers: HeaderList, reader: Reader): ForwardAuthReply {
  switch (decision.effect) {
    case 'allow':
    case 'shadow_allow':
      return allow(decision, headers, reader)
    case 'deny':
      return deny(decision, decision.denial ?? { reason: 'state_unavailable' }, reader)
  }
}

/** The door failed before or after there was a decision. Rendered by nothing that could fail too. */
export const BROKEN_DOOR_REPLY: ForwardAuthReply = {
  status: 403,
  headers: [
    ['content-type', 'text/plain; charset=utf-8'],
    ['cache-control', 'no-store'],
    [REASON_HEADER, 'state_unavailable'],
  ],
  body: 'The decision could not be made.',
}

function allow(decision: Decision, headers: HeaderList, { dialect }: Reader): ForwardAuthReply {
  const { absent, removals, removesAny } = FORWARD_AUTH_DIALECTS[dialect]
  const { set, remove: told } = forwardedHeaders(decision, headers)
  // A client's own key is never shown here, the gateway's stands in its place: it is removed unseen.
  const remove = removesAny ? [...told, KEY_HEADER] : told
  const emptied = absent === 'empty' ? remove.filter((name) => name.startsWith('x-bailiwick-')).map((name) => [name, ''] as const) : []
  return {
    status: 200,
    headers: [['cache-control', 'no-store'], ...set, ...emptied, ...(remove.length === 0 ? [] : [[removals, remove.join(',')] as const])],
    body: '',
  }
}

function deny(decision: Decision, denial: Denial, { statusOnly }: Reader): ForwardAuthReply {
  const { id, call, resourceMetadataUrl } = decision
  const rendered = renderDenial({ denial, call, decisionId: id, channel: 'http', ...(resourceMetadataUrl === undefined ? {} : { resourceMetadataUrl }) })
  return {
    status: statusOnly && rendered.status !== 401 ? 403 : rendered.status,
    headers: [...rendered.headers, [REASON_HEADER, denial.reason], ...denialHeader(rendered)],
    body: rendered.body,
  }
}

/** JSON as printable ASCII: of a body below 4096 bytes at most 8 KiB, which nginx must be given room for (`proxy_buffer_size`). */
function denialHeader({ body }: RenderedReply): readonly (readonly [string, string])[] {
  const value = body.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return value === '' ? [] : [[DENIAL_HEADER, value]]
}

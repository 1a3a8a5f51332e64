// One denial in the protocol of the call it refuses. Used by doors only; decides nothing, and never throws: a denial that could
// not be written would have to become something else.
import type { UnreadCall } from '@bailiwick/core'
import { renderHttp } from './http.ts'
import { renderLlm } from './llm.ts'
import { renderMcp } from './mcp.ts'
import type { DenialToRender, RenderedReply } from './rendered-reply.ts'

export type { DenialToRender, RenderedReply } from './rendered-reply.ts'

/** Never a 5xx; on channel `http` never a 2xx. */
export function renderDenial(input: DenialToRender): RenderedReply {
  const { call } = input
  switch (call.kind) {
    case 'mcp':
      return renderMcp({ ...input, call })
    case 'llm':
      return renderLlm(input)
    case 'unread':
      return renderUnread(input, call)
  }
}

/** By what the resource is configured to be: nothing else is known of the call. */
function renderUnread(input: DenialToRender, call: UnreadCall): RenderedReply {
  if (call.resourceKind === undefined) return renderHttp(input)
  switch (call.resourceKind) {
    case 'mcp':
      return renderMcp({ ...input, call })
    case 'llm':
      return renderLlm(input)
  }
}

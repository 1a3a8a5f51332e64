// A denial to a client of a model endpoint, in the shape its SDK reports. Never 429 or 5xx: SDKs ask again on those.
import type { Call, LlmDialect } from '@bailiwick/core'
import { llmError } from './llm-error.ts'
import type { DenialToRender, RenderedReply } from './rendered-reply.ts'
import { challengeOf, reply } from './reply.ts'
import { situationOf } from './situation.ts'
import { speak } from './spoken.ts'

export function renderLlm({ denial, call, decisionId, resourceMetadataUrl }: DenialToRender): RenderedReply {
  const spoken = speak(denial, decisionId)
  const situation = situationOf(denial)
  const dialect = dialectOf(call)
  const answer = (status: 400 | 401 | 403 | 413, more: readonly (readonly [string, string])[] = []): RenderedReply => {
    const { body, headers } = llmError(dialect, status, spoken)
    return reply(status, decisionId, body, [...headers, ...more])
  }
  switch (situation.kind) {
    case 'challenge':
      return answer(401, challengeOf(situation, resourceMetadataUrl))
    case 'scope':
      return answer(403, challengeOf(situation, resourceMetadataUrl))
    case 'header_mismatch':
    case 'unreadable':
      return answer(400)
    case 'too_large':
      return answer(413)
    case 'forbidden':
    case 'method_unknown':
    case 'unavailable':
    case 'refused':
      return answer(403)
  }
}

/** A call on a path that no dialect speaks is answered in the shape most clients read. */
function dialectOf(call: Call): LlmDialect {
  switch (call.kind) {
    case 'llm':
      return call.dialect
    case 'unread':
      return call.dialect ?? 'openai_chat'
    case 'mcp':
      return 'openai_chat'
  }
}
